"""The HTTP API: who may call it, the shape of its answers, and its description."""

from config.settings.environment import env

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "catalog.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["catalog.foundation.web.parsers.SmallJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "catalog.foundation.web.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "catalog.foundation.web.schema.ApiSchema",
    "DEFAULT_THROTTLE_CLASSES": ["catalog.accounts.throttling.CallThrottle"],
    "EXCEPTION_HANDLER": "catalog.foundation.web.problems.exception_handler",
    # Proxies of ours in front, whose X-Forwarded-For tells the caller's address; anybody else's is not believed.
    "NUM_PROXIES": env.int("PROXIES", default=0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# Per client, person or, for the public, address; and per client and address for tokens. Nought is no limit.
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=600)
TOKENS_PER_MINUTE = env.int("TOKENS_PER_MINUTE", default=30)

DRF_STANDARDIZED_ERRORS = {"EXCEPTION_FORMATTER_CLASS": "catalog.foundation.web.problems.ProblemFormatter"}

SPECTACULAR_SETTINGS = {
    "TITLE": "Essential medicines procurement",
    "DESCRIPTION": "Register, tenders, orders and deliveries of essential medicines.",
    "VERSION": "0.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "TenderStatusEnum": "procurement.states.TenderStatus",
        "LotStatusEnum": "procurement.states.LotStatus",
        "BidStatusEnum": "procurement.states.BidStatus",
        "DemandReportStatusEnum": "procurement.states.DemandReportStatus",
        "ObjectionStatusEnum": "procurement.states.ObjectionStatus",
        "NegotiationStatusEnum": "procurement.states.NegotiationStatus",
        "EmergencyPurchaseStatusEnum": "procurement.states.EmergencyPurchaseStatus",
        "ConductStatusEnum": "procurement.states.ConductStatus",
        "ConductEffectEnum": "procurement.models.conduct.ConductRecord.Effect",
        "RequisitionStatusEnum": "distribution.states.RequisitionStatus",
        "OrderStatusEnum": "distribution.states.OrderStatus",
        "DespatchStatusEnum": "distribution.states.DespatchStatus",
        "ReturnStatusEnum": "distribution.states.ReturnStatus",
        "HoldKindEnum": "distribution.states.HoldKind",
        "InvoiceKindEnum": "distribution.states.InvoiceKind",
        "NoticeKindEnum": "distribution.states.NoticeKind",
        "GapKindEnum": "distribution.queries.network_gaps.GapKind",
        "RejectionReasonEnum": "distribution.states.RejectionReason",
        "RetailReportStatusEnum": "distribution.states.RetailReportStatus",
        "ConductLevelEnum": "procurement.models.conduct.ConductRecord.Level",
        "RecallClassEnum": "distribution.states.RecallClass",
        "RecallReportKindEnum": "distribution.states.RecallReportKind",
        "AnswerKindEnum": "distribution.states.AnswerKind",
        "ShortageReasonEnum": "distribution.states.ShortageReason",
        "AnswerOutcomeEnum": "distribution.states.AnswerOutcome",
        "ReactionOutcomeEnum": "distribution.states.Outcome",
        "LineOutcomeEnum": "distribution.states.LineOutcome",
        "ProductStatusEnum": "catalog.states.ProductStatus",
    },
    "OAUTH2_FLOWS": ["clientCredentials"],
    "OAUTH2_TOKEN_URL": "/oauth/token/",
}

OAUTH2_PROVIDER = {
    # Machines only: this server knows no other grant than client credentials.
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "catalog.accounts.throttling.TokenValidator",
    "SCOPES": {
        "bids": "Hand in and follow the bids of a supplier",
        "orders": "Place, fulfil and follow orders and deliveries",
        "institution": "Report what a medical institution receives, uses and pays",
    },
    "DEFAULT_SCOPES": [],
    "ACCESS_TOKEN_EXPIRE_SECONDS": 60 * 60,
    "CLIENT_SECRET_HASHER": "pbkdf2_api_secret",
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    # RFC 9700, best current practice; tokens are kept as hashes.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}
