"""The SIMULATED study: invented account-level data on the grounds of the registers, calibrated to what was published.

Nothing it makes is a fact about a municipality. One code path has two uses: calibrated, every targeted published figure
comes out (the demo study, which shows the method and the page); not calibrated, the same process runs free, many times
over (the study of how often intervals cover).

Rooms: `assumptions` every constant that nobody published; `ground` registers under invented names, and who has an account;
`counts` messages and replies per account; `times` arrivals, office hours, waits; `messages` the rows; `survey` the
questionnaires of municipalities and `public_sector` the one of other organisations; `inventory` the accounts beside the
corporate one; `study` all of it together; `constraints` whether it came out.
"""

from roeptoeter.simulate.assumptions import Assumptions, list_assumptions
from roeptoeter.simulate.constraints import check_constraints
from roeptoeter.simulate.counts import AccountDraws, draw_accounts, measure_true_change
from roeptoeter.simulate.ground import PARTS, Registers, read_registers
from roeptoeter.simulate.study import SimulatedStudy, simulate_study
from roeptoeter.simulate.times import WINDOWS

__all__ = [
    "PARTS",
    "WINDOWS",
    "AccountDraws",
    "Assumptions",
    "Registers",
    "SimulatedStudy",
    "check_constraints",
    "draw_accounts",
    "list_assumptions",
    "measure_true_change",
    "read_registers",
    "simulate_study",
]
