"""The addresses of a running house."""
import processes


class Origins:
    def __init__(self, broker, gateway, example):
        self.broker_service, self.gateway_service, self.example = broker, gateway, example
        self.page_port = gateway.port('0.0.0.0:4443')
        self.page = f'https://localhost:{self.page_port}'
        self.console = f'http://localhost:{gateway.port("Console")}'
        self.broker = f'http://localhost:{broker.port("console")}'
        self.wss = f'wss://localhost:{self.page_port}/'
        self.certificate = example / 'membrane.pem'

    def trust(self):
        return processes.trust(self.example)
