"""A door behind TLS for the agent's tests: tls_door.py <folder> writes its port to <folder>/port and
the path of each request to <folder>/requests. Certificate and key are <folder>/cert.pem, key.pem."""

import http.server
import os
import ssl
import sys

FOLDER = sys.argv[1]
IDENTITY = b'{"server_id":"018f0000-0000-7000-8000-000000000001","token":"secret-token"}'


class Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with open(FOLDER + "/requests", "a", encoding="ascii") as log:
            log.write(self.path + "\n")
        enrols = self.path == "/api/v1/agents/enrol"
        body = IDENTITY if enrols else b"{}"
        self.send_response(201 if enrols else 202)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(FOLDER + "/cert.pem", FOLDER + "/key.pem")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(FOLDER + "/port.new", "w", encoding="ascii") as port:
    port.write(str(server.server_port))
os.rename(FOLDER + "/port.new", FOLDER + "/port")
server.serve_forever()
