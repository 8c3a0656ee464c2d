/** Every message, in the language that the organisation speaks with its people. */
export type Lengua = 'es' | 'en' | 'pt';

export interface Texto {
  subject: string;
  text: string;
}

interface Textos {
  invitacion(negocio: string, nombre: string, enlace: string): Texto;
  verificacion(negocio: string, nombre: string, enlace: string): Texto;
  restablecimiento(enlaces: { negocio: string; enlace: string }[]): Texto;
  acceso(negocio: string, codigo: string): Texto;
}

/**
 * A name as people chose it, in one line and without anything that a mail program makes a link of: neither who registers a business
 * nor who opens a client's account with the e-mail of somebody else must make us send an advertisement to whom they please.
 */
export const claro = (name: string) => name.replace(/[\s\p{C}]+/gu, ' ').replace(/:\/\//g, ' ').replace(/(?<=[\p{L}\p{N}])[.](?=[\p{L}\p{N}])/gu, '. ').trim();
const lista = (enlaces: { negocio: string; enlace: string }[]) => enlaces.map(({ negocio, enlace }) => `${claro(negocio)}:\n${enlace}`).join('\n\n');

export const TEXTOS: Record<Lengua, Textos> = {
  es: {
    invitacion: (negocio, nombre, enlace) => ({
      subject: `${claro(negocio)} le invita a su agenda`,
      text: `Hola, ${claro(nombre)}:\n\n${claro(negocio)} le invita a su agenda en Franja. Elija su contraseña aquí:\n\n${enlace}\n\nEl enlace sirve una vez, durante 7 días. Si no esperaba esta invitación, ignórela.`,
    }),
    verificacion: (negocio, nombre, enlace) => ({
      subject: 'Confirme su correo',
      text: `Hola, ${claro(nombre)}:\n\nConfirme que este correo es suyo, para su cuenta en ${claro(negocio)}:\n\n${enlace}\n\nEl enlace sirve una vez, durante 48 horas. Si no abrió esa cuenta, ignore este mensaje.`,
    }),
    restablecimiento: (enlaces) => ({
      subject: 'Elija una contraseña nueva',
      text: `Hola:\n\nAlguien, quizá usted, pidió cambiar la contraseña. Elija una nueva aquí:\n\n${lista(enlaces)}\n\nEl enlace sirve una vez, durante una hora. Si no lo pidió, ignore este mensaje: nada cambia.`,
    }),
    acceso: (negocio, codigo) => ({
      subject: `${codigo} es su código para entrar`,
      text: `${codigo} es su código para entrar en ${claro(negocio)}. Sirve una vez, durante 10 minutos. No lo comparta: nadie de ${claro(negocio)} se lo pedirá.`,
    }),
  },
  en: {
    invitacion: (negocio, nombre, enlace) => ({
      subject: `${claro(negocio)} invites you to its calendar`,
      text: `Hello ${claro(nombre)},\n\n${claro(negocio)} invites you to its calendar in Franja. Choose your password here:\n\n${enlace}\n\nThe link works once, for 7 days. If you did not expect this invitation, ignore it.`,
    }),
    verificacion: (negocio, nombre, enlace) => ({
      subject: 'Confirm your e-mail',
      text: `Hello ${claro(nombre)},\n\nConfirm that this e-mail is yours, for your account at ${claro(negocio)}:\n\n${enlace}\n\nThe link works once, for 48 hours. If you did not open that account, ignore this message.`,
    }),
    restablecimiento: (enlaces) => ({
      subject: 'Choose a new password',
      text: `Hello,\n\nSomebody, perhaps you, asked to change the password. Choose a new one here:\n\n${lista(enlaces)}\n\nThe link works once, for one hour. If you did not ask for it, ignore this message: nothing changes.`,
    }),
    acceso: (negocio, codigo) => ({
      subject: `${codigo} is your code to sign in`,
      text: `${codigo} is your code to sign in at ${claro(negocio)}. It works once, for 10 minutes. Do not share it: nobody from ${claro(negocio)} will ask for it.`,
    }),
  },
  pt: {
    invitacion: (negocio, nombre, enlace) => ({
      subject: `${claro(negocio)} convida você para a sua agenda`,
      text: `Olá, ${claro(nombre)}!\n\n${claro(negocio)} convida você para a sua agenda no Franja. Escolha a sua senha aqui:\n\n${enlace}\n\nO link funciona uma vez, durante 7 dias. Se você não esperava este convite, ignore-o.`,
    }),
    verificacion: (negocio, nombre, enlace) => ({
      subject: 'Confirme o seu e-mail',
      text: `Olá, ${claro(nombre)}!\n\nConfirme que este e-mail é seu, para a sua conta em ${claro(negocio)}:\n\n${enlace}\n\nO link funciona uma vez, durante 48 horas. Se você não abriu essa conta, ignore esta mensagem.`,
    }),
    restablecimiento: (enlaces) => ({
      subject: 'Escolha uma nova senha',
      text: `Olá!\n\nAlguém, talvez você, pediu para trocar a senha. Escolha uma nova aqui:\n\n${lista(enlaces)}\n\nO link funciona uma vez, durante uma hora. Se você não pediu, ignore esta mensagem: nada muda.`,
    }),
    acceso: (negocio, codigo) => ({
      subject: `${codigo} é o seu código para entrar`,
      text: `${codigo} é o seu código para entrar em ${claro(negocio)}. Funciona uma vez, durante 10 minutos. Não o compartilhe: ninguém de ${claro(negocio)} vai pedi-lo.`,
    }),
  },
};
