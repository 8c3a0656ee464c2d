import { Id, Text } from '../http/fields.js';

export class PagarFactura {
  @Id({ description: 'La factura por pagar.' })
  factura_id: number;
}

export class PaginaPasarela {
  @Text({ description: 'A dónde enviar a la persona.', max: 2000, example: 'https://checkout.stripe.com/c/pay/cs_test_1' })
  url: string;
}
