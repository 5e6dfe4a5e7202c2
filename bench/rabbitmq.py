"""A RabbitMQ of our own, from Debian's package: free ports on loopback, its files in one folder, and
no part in what else of RabbitMQ or Erlang runs on the machine."""
import os
import pathlib
import signal
import subprocess

import proc
from stomp_load import Target
from wire import free_port

SCRIPTS = pathlib.Path('/usr/lib/rabbitmq/bin')
PLUGINS = '[rabbitmq_stomp,rabbitmq_web_stomp].\n'
STOP_LIMIT = 30  # seconds


def is_installed():
    return (SCRIPTS / 'rabbitmq-server').exists()


def version():
    asked = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'rabbitmq-server'],
                           capture_output=True, text=True, check=True)
    return asked.stdout.partition('-')[0]


class RabbitMq:
    """Starts at once; who wants to know when it is ready connects."""
    ready_ms = None  # it has no ready file

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        ws, stomp, epmd, node = (free_port() for _ in range(4))
        self.target = Target(ws, stomp, '/ws')
        self._write('plugins', PLUGINS)
        self._write('rabbitmq.conf', 'listeners.tcp = none\n'
                    f'stomp.listeners.tcp.1 = 127.0.0.1:{stomp}\n'
                    'web_stomp.tcp.ip = 127.0.0.1\n'
                    f'web_stomp.tcp.port = {ws}\n')
        # Erlang's register of nodes; a node starts one of its own accord, which would stay behind.
        self._names = subprocess.Popen(['epmd', '-port', str(epmd), '-address', '127.0.0.1'],
                                       stdin=subprocess.DEVNULL)
        log = (self.folder / 'output').open('wb')
        with log:
            # In a session of its own: the script, the Erlang machine and its helpers.
            self._process = subprocess.Popen(
                [SCRIPTS / 'rabbitmq-server'], env=os.environ | self._settings(epmd, node),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def _write(self, name, text):
        (self.folder / name).write_text(text)

    def _settings(self, epmd, node):
        return {
            'HOME': str(self.folder),  # for the cookie
            'ERL_EPMD_PORT': str(epmd),
            'RABBITMQ_NODENAME': 'bench@localhost',
            'RABBITMQ_DIST_PORT': str(node),
            'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS':
                '-kernel inet_dist_use_interface {127,0,0,1}',
            'RABBITMQ_CONF_ENV_FILE': str(self.folder / 'none'),
            'RABBITMQ_CONFIG_FILE': str(self.folder / 'rabbitmq'),
            'RABBITMQ_ADVANCED_CONFIG_FILE': str(self.folder / 'none.config'),
            'RABBITMQ_ENABLED_PLUGINS_FILE': str(self.folder / 'plugins'),
            'RABBITMQ_MNESIA_BASE': str(self.folder / 'mnesia'),
            'RABBITMQ_LOG_BASE': str(self.folder / 'log'),
        }

    def pids(self):
        return proc.in_session(self._process.pid)

    def has_ended(self):
        return self._process.poll() is not None

    def output(self):
        return (self.folder / 'output').read_text(errors='replace')

    def stop(self):
        """The script turns SIGTERM into an orderly end; what stays then is killed."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                pass
        for pid in proc.in_session(self._process.pid):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._names.terminate()
        self._names.wait()
