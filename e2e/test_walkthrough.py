"""The story everything serves, in a real browser."""
from walkthrough import Walkthrough


def test_eight_steps(house, browser, logs):
    walk = Walkthrough(browser, house.page, house.console, house.broker, logs)
    done = [number for number, _, _ in walk.run()]
    assert done == [1, 2, 3, 4, 5, 6, 7, 8]
