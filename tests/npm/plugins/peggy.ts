// A parser generator, in CommonJS, which compiles parsers with `eval`.
import peggy from 'peggy';

const parser = peggy.generate(`
  sum = left:product "+" right:sum { return left + right; } / product
  product = left:value "*" right:product { return left * right; } / value
  value = digits:[0-9]+ { return Number(digits.join("")); } / "(" sum:sum ")" { return sum; }
`);

export async function run(): Promise<string> {
  let error = '';
  try {
    parser.parse('2*(3+');
  } catch (thrown) {
    error = (thrown as { location: { start: { column: number } } }).location.start.column.toString();
  }
  return `${parser.parse('2*(3+4)*5+1')} ${error}`;
}
