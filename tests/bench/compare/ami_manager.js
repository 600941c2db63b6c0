// Parses a raw capture of the manager interface with asterisk-manager, and only counts the events.
//
// usage: node ami_manager.js CAPTURE.raw        (npm install asterisk-manager)
"use strict";

const fs = require("fs");
const net = require("net");
const manager = require("asterisk-manager");

// The library reads from a socket of its own: the capture comes from a server on this machine.
const capture = process.argv[2];
const server = net.createServer((socket) => {
  socket.on("error", () => {});
  fs.createReadStream(capture, { highWaterMark: 64 * 1024 }).pipe(socket);
});
server.listen(0, "127.0.0.1", () => {
  let events = 0;
  const kinds = new Set();
  const ami = manager(server.address().port, "127.0.0.1", "nobody", "nothing", true);
  ami.on("managerevent", (event) => {
    events += 1;
    kinds.add(event.event);
  });
  const done = () => {
    console.log(`${events} events of ${kinds.size} kinds`);
    process.exit(0);
  };
  ami.on("end", done);
  ami.on("close", done);
});
