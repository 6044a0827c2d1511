// Preloaded: every TCP listener of this process listens on 127.0.0.1 only.
const net = require('node:net');
const orig = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  const a0 = args[0];
  if (a0 && typeof a0 === 'object' && !Array.isArray(a0) && 'port' in a0 && !a0.path) {
    if (!a0.host || a0.host === '::' || a0.host === '0.0.0.0') args[0] = { ...a0, host: '127.0.0.1' };
  } else if (typeof a0 === 'number' || (typeof a0 === 'string' && /^\d+$/.test(a0))) {
    if (typeof args[1] !== 'string') args.splice(1, 0, '127.0.0.1');
    else if (args[1] === '0.0.0.0' || args[1] === '::') args[1] = '127.0.0.1';
  }
  return orig.apply(this, args);
};
