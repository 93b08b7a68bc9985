//! Punycode: RFC 3492.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const FIRST: u32 = 0x80;
const FIRST_BIAS: u32 = 72;

/// No label that a name server knows is longer than 63; without a bound decoding takes quadratic time.
const LONGEST: usize = 4096;

fn adapt(delta: u32, count: u32, is_first: bool) -> u32 {
    let mut delta = delta / if is_first { 700 } else { 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + 38)
}

fn threshold(k: u32, bias: u32) -> u32 {
    k.saturating_sub(bias).clamp(T_MIN, T_MAX)
}

/// Decodes what follows `xn--`.
pub fn decode(encoded: &[u32]) -> Option<Vec<u32>> {
    if encoded.len() > LONGEST {
        return None;
    }
    let delimiter = encoded.iter().rposition(|c| *c == u32::from('-'));
    let (mut decoded, rest) = match delimiter {
        Some(at) => (encoded.get(..at)?.to_vec(), encoded.get(at + 1..)?),
        None => (Vec::new(), encoded),
    };
    if decoded.iter().any(|code_point| *code_point >= 0x80) {
        return None;
    }
    let (mut n, mut i, mut bias) = (FIRST, 0u32, FIRST_BIAS);
    let mut digits = rest.iter().peekable();
    while digits.peek().is_some() {
        let (before, mut weight, mut k) = (i, 1u32, BASE);
        loop {
            let digit = match u8::try_from(*digits.next()?).ok()? {
                letter @ b'a'..=b'z' => u32::from(letter - b'a'),
                letter @ b'A'..=b'Z' => u32::from(letter - b'A'),
                digit @ b'0'..=b'9' => u32::from(digit - b'0') + 26,
                _ => return None,
            };
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = threshold(k, bias);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        let count = decoded.len() as u32 + 1;
        bias = adapt(i - before, count, before == 0);
        n = n.checked_add(i / count)?;
        i %= count;
        char::from_u32(n)?;
        decoded.insert(i as usize, n);
        i += 1;
    }
    Some(decoded)
}

/// Encodes a label, without `xn--`.
pub fn encode(label: &[u32], out: &mut String) -> Option<()> {
    if label.len() > LONGEST {
        return None;
    }
    let basic = label.iter().filter(|code_point| **code_point < 0x80);
    let before = out.len();
    out.extend(basic.filter_map(|code_point| char::from_u32(*code_point)));
    let basic = (out.len() - before) as u32;
    if basic > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias, mut done) = (FIRST, 0u32, FIRST_BIAS, basic);
    while (done as usize) < label.len() {
        let next = *label.iter().filter(|code_point| **code_point >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(done + 1)?)?;
        n = next;
        for code_point in label {
            if *code_point < n {
                delta = delta.checked_add(1)?;
            }
            if *code_point == n {
                let (mut rest, mut k) = (delta, BASE);
                loop {
                    let threshold = threshold(k, bias);
                    if rest < threshold {
                        break;
                    }
                    out.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
                    rest = (rest - threshold) / (BASE - threshold);
                    k += BASE;
                }
                out.push(digit(rest));
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n += 1;
    }
    Some(())
}

fn digit(value: u32) -> char {
    char::from_u32(if value < 26 {
        value + u32::from('a')
    } else {
        value - 26 + u32::from('0')
    })
    .unwrap_or_default()
}
