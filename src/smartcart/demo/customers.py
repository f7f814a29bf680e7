"""Customers who do not exist, from common names and common streets."""

from random import Random
from typing import NamedTuple

from smartcart.contract import Address, Customer


class _Town(NamedTuple):
    city: str
    region: str
    zips: tuple[str, ...]


_FIRST = [
    "Μαρία",
    "Ελένη",
    "Αικατερίνη",
    "Βασιλική",
    "Σοφία",
    "Αγγελική",
    "Γεωργία",
    "Δήμητρα",
    "Ιωάννα",
    "Ειρήνη",
    "Γιώργος",
    "Δημήτρης",
    "Κώστας",
    "Γιάννης",
    "Νίκος",
    "Παναγιώτης",
    "Βασίλης",
    "Χρήστος",
    "Θανάσης",
    "Μιχάλης",
]
_WOMEN = 10
# A family name as men bear it, and as women do.
_FAMILY = (
    ("Παπαδόπουλος", "Παπαδοπούλου"),
    ("Παπαδάκης", "Παπαδάκη"),
    ("Γεωργίου", "Γεωργίου"),
    ("Οικονόμου", "Οικονόμου"),
    ("Βλάχος", "Βλάχου"),
    ("Αγγελόπουλος", "Αγγελοπούλου"),
    ("Νικολάου", "Νικολάου"),
    ("Μακρής", "Μακρή"),
    ("Δημητρίου", "Δημητρίου"),
    ("Καραγιάννης", "Καραγιάννη"),
    ("Αντωνίου", "Αντωνίου"),
    ("Σταματίου", "Σταματίου"),
)
_TOWNS = (
    _Town("Αθήνα", "Αττική", ("10552", "11362", "11743")),
    _Town("Πειραιάς", "Αττική", ("18532", "18546")),
    _Town("Θεσσαλονίκη", "Θεσσαλονίκη", ("54622", "54640")),
    _Town("Πάτρα", "Αχαΐα", ("26221", "26441")),
    _Town("Ηράκλειο", "Ηράκλειο", ("71201", "71306")),
    _Town("Λάρισα", "Λάρισα", ("41221", "41335")),
    _Town("Βόλος", "Μαγνησία", ("38221", "38333")),
    _Town("Ιωάννινα", "Ιωάννινα", ("45332", "45444")),
    _Town("Χανιά", "Χανιά", ("73100", "73134")),
    _Town("Καβάλα", "Καβάλα", ("65302", "65403")),
)
_STREETS = [
    "Ερμού",
    "Αγίου Δημητρίου",
    "Βενιζέλου",
    "Κολοκοτρώνη",
    "Μιαούλη",
    "Παπαναστασίου",
    "25ης Μαρτίου",
    "28ης Οκτωβρίου",
    "Καραϊσκάκη",
    "Ρήγα Φεραίου",
    "Σόλωνος",
    "Αριστοτέλους",
    "Δημοκρατίας",
    "Κανάρη",
    "Μεγάλου Αλεξάνδρου",
]
_FLOORS = ("Ισόγειο", "Α΄", "Β΄", "Γ΄", "Δ΄", None)


def customer(random: Random) -> Customer:
    """Somebody plausible, living at an address that need not exist."""
    n = random.randrange(len(_FIRST))
    family = random.choice(_FAMILY)
    return Customer(
        id=f"{random.getrandbits(40):010x}",
        first_name=_FIRST[n],
        last_name=family[1] if n < _WOMEN else family[0],
        address=_address(random),
    )


def _address(random: Random) -> Address:
    town = random.choice(_TOWNS)
    return Address(
        street_name=random.choice(_STREETS),
        street_number=str(random.randint(1, 180)),
        zip=random.choice(town.zips),
        city=town.city,
        region=town.region,
        country_code="GR",
        floor=random.choice(_FLOORS),
    )
