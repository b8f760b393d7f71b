"""All pages of the console, each a blueprint with its routes. A page is added here, and its tab in
`layout`."""

from __future__ import annotations

from zsf_plugin.console.activity.routes import blueprint as activity
from zsf_plugin.console.configuration.routes import blueprint as configuration
from zsf_plugin.console.connection.routes import blueprint as connection
from zsf_plugin.console.held.routes import blueprint as held
from zsf_plugin.console.mapping.routes import blueprint as mapping
from zsf_plugin.console.overview.routes import blueprint as overview
from zsf_plugin.console.preview.routes import blueprint as preview
from zsf_plugin.console.rules.routes import blueprint as rules
from zsf_plugin.console.search.routes import blueprint as search
from zsf_plugin.console.sending.routes import blueprint as sending

PAGES = (
    *(overview, connection, sending, mapping, configuration, preview, rules),
    *(activity, held, search),
)
