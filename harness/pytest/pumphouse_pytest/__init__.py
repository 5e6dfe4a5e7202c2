"""End-to-end tests of STOMP applications. `plugin` has the fixtures; docs/testing.md is the guide."""
from .client import Client, Closed, NotReceived
from .control import Broker, ControlError
from .frames import Frame

__all__ = ['Broker', 'Client', 'Closed', 'ControlError', 'Frame', 'NotReceived']
