"""All models, so that one import fills the metadata."""

from db.models.activities import Activity, ActivitySeries, Attendance, Team, Volunteer
from db.models.area_changes import AreaCarried, AreaChange, AreaSuccession, PlannedAreaChange
from db.models.areas import Area
from db.models.base import Base, Boxed, Photograph, Scoped, Versioned, box_of
from db.models.calendars import CalendarDate, CalendarVersion, CalendarYear
from db.models.call_backs import CallBackRecord
from db.models.cards import CardConsent, CardLink
from db.models.clock_requests import ClockApproval, ClockRequest
from db.models.corrections import AttendanceCorrection, AttendanceCorrectionAnswer
from db.models.dictionaries import DictionaryRow, DictionaryVersion
from db.models.incidents import Incident, IncidentEvent, IncidentPhoto
from db.models.installation import BaseMapFeature, Counter, FormReceipt, InstallationValue, LayerVersion
from db.models.organisations import Organisation, OrganisationArea
from db.models.people import Assignment, Person, PostHolding
from db.models.pledges import (
    Pledge,
    PledgeEvidence,
    PledgeMark,
    PledgePhoto,
    PledgeRating,
    PledgeVerdict,
)
from db.models.plots import Plot, PlotCheck, PlotPhoto
from db.models.points import PointsAccount, PointsEntry, PointsMonth
from db.models.rotas import (
    Rota,
    RotaAbsence,
    RotaConfirmation,
    RotaDuty,
    RotaMember,
    RotaSwap,
    RotaSwapAnswer,
)
from db.models.shop import Redemption, RedemptionCode, ShopGood, ShopWait, StockMovement
from db.models.staffing import StaffingChange
from db.models.stations import Room, Station
from db.models.talents import Consent, TalentAsk, TalentNeed, TalentOffer
from db.models.users import AuditEntry, User, UserSession
from db.models.visits import Visit, VisitPhoto
from db.models.whistles import Whistle, WhistleAnswer
from db.models.work_items import WorkItem

__all__ = [
    "Activity", "ActivitySeries", "Area", "AreaCarried", "AreaChange", "AreaSuccession", "Assignment", "Attendance",
    "AttendanceCorrection", "AttendanceCorrectionAnswer", "AuditEntry",
    "Base", "BaseMapFeature", "Boxed", "CalendarDate",
    "CalendarVersion", "CalendarYear", "CallBackRecord", "CardConsent", "CardLink",
    "ClockApproval", "ClockRequest", "Consent", "Counter", "DictionaryRow",
    "DictionaryVersion",
    "FormReceipt", "Incident", "IncidentEvent", "IncidentPhoto", "InstallationValue", "LayerVersion",
    "Organisation", "OrganisationArea", "Person", "Photograph", "PlannedAreaChange", "Pledge", "PledgeEvidence",
    "PledgeMark", "PledgePhoto", "PledgeRating", "PledgeVerdict", "Plot", "PlotCheck", "PlotPhoto", "PointsAccount",
    "PointsEntry", "PointsMonth",
    "PostHolding", "Redemption", "RedemptionCode", "Room",
    "Rota", "RotaAbsence", "RotaConfirmation", "RotaDuty", "RotaMember", "RotaSwap", "RotaSwapAnswer",
    "Scoped", "ShopGood", "ShopWait", "StaffingChange", "Station",
    "StockMovement", "TalentAsk", "TalentNeed", "TalentOffer", "Team", "User",
    "UserSession", "Versioned", "Visit", "VisitPhoto", "Volunteer", "Whistle", "WhistleAnswer", "WorkItem", "box_of",
]  # fmt: skip
