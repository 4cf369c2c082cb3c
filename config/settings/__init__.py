"""The settings, one module per concern; each reads what may be set from outside from the environment."""

from config.settings.admin import *
from config.settings.api import *
from config.settings.apps import *
from config.settings.database import *
from config.settings.environment import *
from config.settings.identity import *
from config.settings.languages import *
from config.settings.logs import *
from config.settings.publication import *
from config.settings.queue import *
from config.settings.web import *
