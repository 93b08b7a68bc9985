// A CSV parser, a UMD module.
import Papa from 'papaparse';

export async function run(): Promise<string> {
  const { data, errors } = Papa.parse('name,price\n"tea, green",2.5\ncoffee,3\n', { header: true, dynamicTyping: true, skipEmptyLines: true });
  return `${JSON.stringify(data)} ${errors.length} ${Papa.unparse([{ a: 'x"y', b: 1 }])}`;
}
