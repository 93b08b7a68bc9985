// Keeps numbers, each with a text that tells whether it is whole.

const text = (number) => `${number}:${'x'.repeat(number % 2000)}.`;

export function keep(number) {
  localStorage.setItem(`number ${number}`, text(number));
}

export function missing(last) {
  const numbers = Array.from({ length: last }, (_, i) => i + 1);
  return Uint32Array.from(
    numbers.filter((number) => localStorage.getItem(`number ${number}`) !== text(number)),
  );
}
