"""Today's way: the web process loads the leads through its ORM, and runs one more query per lead for its last call."""

import csv
import io

from sqlalchemy import Column, DateTime, Integer, String, Text, create_engine
from sqlalchemy.orm import Session, declarative_base

from leads import HEADER

Model = declarative_base()


class Lead(Model):
    __tablename__ = "leads"
    id = Column(Integer, primary_key=True)
    tenant_id = Column(Integer)
    first_name = Column(String(255))
    last_name = Column(String(255))
    name = Column(String(255))
    phone_e164 = Column(String(64))
    email = Column(String(255))
    source = Column(String(32))
    status = Column(String(32))
    notes = Column(Text)
    created_at = Column(DateTime)

    @property
    def full_name(self):
        return self.name or " ".join(filter(None, (self.first_name, self.last_name))) or "ללא שם"


class LeadStatus(Model):
    __tablename__ = "lead_statuses"
    id = Column(Integer, primary_key=True)
    business_id = Column(Integer)
    name = Column(String(64))
    label = Column(String(128))


class CallLog(Model):
    __tablename__ = "call_log"
    id = Column(Integer, primary_key=True)
    business_id = Column(Integer)
    lead_id = Column(Integer)
    call_status = Column(String(32))
    status = Column(String(32))
    transcription = Column(Text)
    created_at = Column(DateTime)


def make_engine(database):
    return create_engine("postgresql+psycopg2://", connect_args={"dbname": database})


def export_by_orm(engine, selection):
    """The file, as bytes."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADER)
    with Session(engine) as session:
        column = session.query(LeadStatus).filter_by(business_id=selection.tenant, name=selection.status).one()
        leads = (session.query(Lead).filter_by(tenant_id=selection.tenant, status=selection.status)
                 .order_by(Lead.created_at.desc(), Lead.id.desc()).all())
        for lead in leads:
            call = (session.query(CallLog).filter_by(business_id=selection.tenant, lead_id=lead.id)
                    .filter(CallLog.created_at.isnot(None))
                    .order_by(CallLog.created_at.desc(), CallLog.id.desc()).first())
            writer.writerow((lead.status, column.label, lead.id, lead.full_name, lead.phone_e164, lead.email,
                             lead.created_at.isoformat(), call and call.created_at.isoformat(),
                             call and call.call_status, lead.source, lead.notes))
    return ("\ufeff" + file.getvalue()).encode()
