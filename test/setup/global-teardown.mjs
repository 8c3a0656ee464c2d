export default () => globalThis.franjaCloseTemplate();
