-- Currencies a business can charge in: Spanish-speaking America and Brazil, plus USD and EUR.
-- factor_sugerido is a price-level reference, not an exchange rate: it turns the USD reference price of a template
-- (an ordinary Latin American price) into what the same service usually costs in that country, so that a new
-- business starts from a believable price list. It never converts a charge. ARS, CUP and VES age fast: review them
-- in a dated migration. redondeo is the step the suggestion is rounded to; decimales are those of ISO 4217.
insert into public.monedas (codigo, nombre, decimales, factor_sugerido, redondeo) values
  ('ARS', 'Peso argentino',       2, 1400.0000,  500.00),
  ('BOB', 'Boliviano',            2,    5.0000,    5.00),
  ('BRL', 'Real brasileño',       2,    5.0000,    5.00),
  ('CLP', 'Peso chileno',         0, 1000.0000,  500.00),
  ('COP', 'Peso colombiano',      2, 2800.0000, 1000.00),
  ('CRC', 'Colón costarricense',  2,  550.0000,  500.00),
  ('CUP', 'Peso cubano',          2,  100.0000,   50.00),
  ('DOP', 'Peso dominicano',      2,   50.0000,   50.00),
  ('EUR', 'Euro',                 2,    1.5000,    1.00),
  ('GTQ', 'Quetzal guatemalteco', 2,    7.0000,    5.00),
  ('HNL', 'Lempira hondureño',    2,   20.0000,   25.00),
  ('MXN', 'Peso mexicano',        2,   17.0000,   10.00),
  ('NIO', 'Córdoba nicaragüense', 2,   25.0000,   25.00),
  ('PAB', 'Balboa panameño',      2,    1.0000,    1.00),
  ('PEN', 'Sol peruano',          2,    3.0000,    5.00),
  ('PYG', 'Guaraní paraguayo',    0, 5500.0000, 5000.00),
  ('USD', 'Dólar estadounidense', 2,    1.0000,    1.00),
  ('UYU', 'Peso uruguayo',        2,   55.0000,   50.00),
  ('VES', 'Bolívar venezolano',   2,  220.0000,   50.00)
on conflict (codigo) do nothing;
