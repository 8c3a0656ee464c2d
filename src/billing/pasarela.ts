/** Who pays online, at the gateway. */
export interface ClientePasarela {
  organizacion_id: number;
  nombre: string;
  email: string;
}

export interface CobroPasarela {
  /** Its id at the gateway. */
  cliente: string;
  organizacion_id: number;
  factura_id: number;
  numero: string;
  total: string;
  moneda: string;
  idioma: string;
}

/** What the gateway told, and whom it says it is about. */
export interface EventoPasarela {
  id: string;
  tipo: string;
  es: 'pago' | 'fallo' | 'otro';
  organizacion_id?: number;
  factura_id?: number;
  /** Of the payment, the same in every event that tells of it. */
  referencia?: string;
  /** In decimals; undefined when it cannot be one. */
  importe?: string;
  moneda?: string;
}

/** Who takes payments online. All but leerEvento call out: never inside a transaction. */
export interface Pasarela {
  crearCliente(cliente: ClientePasarela): Promise<string>;
  /** The page on which the invoice is paid. */
  crearCheckout(cobro: CobroPasarela): Promise<string>;
  /** The page on which the customer sees payments and cards. */
  crearPortal(cliente: string): Promise<string>;
  /** Refuses what the gateway did not sign, or signed long ago. */
  leerEvento(cuerpo: Buffer, firma: string): EventoPasarela;
}

export const PASARELA = Symbol('pasarela');
