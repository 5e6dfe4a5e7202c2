"""End-to-end tests of STOMP applications. `plugin` has the fixtures; docs/testing.md is the guide."""
from .client import Client, Closed, Frame, NotReceived
from .control import Broker, ControlError

__all__ = ['Broker', 'Client', 'Closed', 'ControlError', 'Frame', 'NotReceived']
