"""The slip of a tour (bon de tournée): the paper that the driver carries and the places sign, as a PDF.

`content` gathers what it says, `paper` knows how to put texts and boxes on a page, `drawing` puts the one on the other.
"""

from pickups.slips.content import Slip, slip_of
from pickups.slips.drawing import slip_pdf

__all__ = ["Slip", "slip_of", "slip_pdf"]
