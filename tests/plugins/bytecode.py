"""What Python has compiled is kept, also where the environment says not to (PYTHONDONTWRITEBYTECODE).

The suite starts dozens of Pythons: its own processes, the platforms, their workers. Each of them would compile
some 2,600 modules again, which takes longer than most of what it is started for.
"""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
