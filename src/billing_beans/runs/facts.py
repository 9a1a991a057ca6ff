"""What can happen to a billing run. What it will write waits in `pending/`, which the books do not include (U4)."""

from datetime import date
from decimal import Decimal

from billing_beans.core.accounts import Account
from billing_beans.core.facts import Fact, fact, key, meta, part, parts
from billing_beans.core.ids import RunId, SubscriptionId


@part("run-subscription")
class RunSubscription:
    """One that is billed by the run: no other run bills it meanwhile."""

    subscription: SubscriptionId = key()


@part("run-reservation")
class RunReservation:
    """Credits that the run will use, which nobody else can use meanwhile (W8): so many units of one lot, as its posting names it."""

    reservation: int = key()
    account: Account = meta()
    grant: str = meta()
    unit: str = meta()
    units: Decimal = meta()
    cost: Decimal = meta()
    currency: str = meta()
    granted: date = meta()


@part("run-refusal")
class RunRefusal:
    """One that could not be billed, and why. It keeps no other from being billed."""

    refusal: int = key()
    subscription: SubscriptionId = meta()
    reason: str = meta()
    instead: str | None = meta(default=None)


@fact("run-started")
class RunStarted(Fact):
    """A billing run for all that is due until a day, that day included: what it would write stands in `pending/RUN.beancount` (U4).

    Done again it is the next `revision`, and what was there before is discarded. `content` is the digest of what it would write, ids
    and times aside; `invoices` and `credit_notes` are how many that are.
    """

    run: RunId = key(link=True)
    revision: int = meta()
    until: date = meta()
    content: str = meta()
    invoices: int = meta()
    credit_notes: int = meta()
    subscriptions: tuple[RunSubscription, ...] = parts(default=())
    reservations: tuple[RunReservation, ...] = parts(default=())
    refusals: tuple[RunRefusal, ...] = parts(default=())


@fact("run-discarded")
class RunDiscarded(Fact):
    """A run is given up before it was posted: nothing of it counts, and what it reserved is free again (U4, U9)."""

    run: RunId = key(link=True)
    revision: int = meta()
    reason: str | None = meta(default=None)


@fact("run-posted")
class RunPosted(Fact):
    """A run was reviewed and counts: its invoices follow in the same act. What it reserved it uses now (U4)."""

    run: RunId = key(link=True)
    revision: int = meta()
    content: str = meta()
