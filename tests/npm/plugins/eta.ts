// A template engine, which compiles templates with `new Function`.
import { Eta } from 'eta/core';

const eta = new Eta();
eta.loadTemplate('@row', '<li><%= it.name %>: <%~ it.price %></li>');

export async function run(): Promise<string> {
  const template = '<ul><% for (const row of it.rows) { %><%~ include("@row", row) %><% } %></ul>';
  return eta.renderString(template, { rows: [{ name: 'a & b', price: '<b>1</b>' }, { name: 'c', price: 2 }] });
}
