//! The ledger on SQLite and PostgreSQL: each method is told in the module of its concern.

use super::change::Change;
use super::{
    Claim, ClaimRequest, Deferred, Doubt, Launch, Ledger, Mailing, MessageRequest, OpenClass, Opened, Page, Planner,
    QueueNow, ReadyBatch, Recorded, Requested, Run, Starting, StoppedCountry, Story, TaskOf, Unmatched, Unplanned,
    batches, claim, commands, countries, finish, installation, opens, plan, promote, queues, quotas, ready, receipts,
    record, requests, runs, senders, start, story, unmatched, warm_ups,
};
use crate::consent::{Question, questions};
use crate::incoming::{self, SenderHealth, Source};
use crate::{Result, SqlStore};
use async_trait::async_trait;
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::incoming::Event;
use bellhop_domain::launching::Meant;
use bellhop_domain::message::RunState;
use bellhop_domain::receipt::Receipt;
use bellhop_domain::warm_up::Progress;
use bellhop_domain::*;
use std::time::Duration;

#[async_trait]
impl Ledger for SqlStore {
    async fn create_mailing(&self, org: OrgId, name: &str, spec: &str, who: &str, now: Timestamp) -> Result<MailingId> {
        commands::create_mailing(&self.db, org, name, spec, who, now).await
    }

    async fn mailing(&self, org: OrgId, id: MailingId) -> Result<Mailing> {
        runs::mailing(&self.db, org, id).await
    }

    async fn launch_as_meant(
        &self,
        org: OrgId,
        launch: Launch,
        meant: Meant,
        who: &str,
        now: Timestamp,
    ) -> Result<RunId> {
        commands::launch(&self.db, org, &launch, meant, who, now).await
    }

    async fn pause(&self, org: OrgId, run: RunId, reason: &str, who: &str, now: Timestamp) -> Result<()> {
        commands::change(&self.db, org, run, Change::Pause, Some(reason), who, now).await
    }

    async fn resume(&self, org: OrgId, run: RunId, who: &str, now: Timestamp) -> Result<()> {
        commands::change(&self.db, org, run, Change::Resume, None, who, now).await
    }

    async fn cancel(&self, org: OrgId, run: RunId, who: &str, now: Timestamp) -> Result<()> {
        commands::change(&self.db, org, run, Change::Cancel, None, who, now).await
    }

    async fn run(&self, id: RunId) -> Result<Run> {
        runs::run(&self.db, id).await
    }

    async fn runs_of(&self, org: OrgId, mailing: MailingId) -> Result<Vec<Run>> {
        runs::runs_of(&self.db, org, mailing).await
    }

    async fn run_states(&self, runs: &[RunId]) -> Result<Vec<(RunId, RunState)>> {
        runs::run_states(&self.db, runs).await
    }

    async fn request(&self, org: OrgId, request: &MessageRequest<'_>, now: Timestamp) -> Result<Requested> {
        requests::request(self, org, request, now).await
    }

    async fn installation(&self) -> Result<InstallationId> {
        installation::id(self).await
    }

    async fn recognises(&self, of: &TaskOf) -> Result<bool> {
        installation::recognises(&self.db, of).await
    }

    async fn begin_due(&self, now: Timestamp) -> Result<Vec<RunId>> {
        runs::begin_due(&self.db, now).await
    }

    async fn unplanned(&self) -> Result<Vec<Unplanned>> {
        runs::unplanned(&self.db).await
    }

    async fn count_alive(&self) -> Result<Vec<(RunState, u64)>> {
        runs::count_alive(&self.db).await
    }

    async fn plan_page(&self, run: RunId, limit: u32, planner: &dyn Planner, now: Timestamp) -> Result<Page> {
        plan::page(self, run, limit, planner, now).await
    }

    async fn take_ready(&self, kind: EndpointKind, lane: Lane, limit: u32, now: Timestamp) -> Result<Vec<ReadyBatch>> {
        ready::take_ready(&self.db, kind, lane, limit, now).await
    }

    async fn queues(&self, lane: Lane, kinds: &[EndpointKind], now: Timestamp) -> Result<Vec<QueueNow>> {
        queues::now(&self.db, lane, kinds, now).await
    }

    async fn promote_due(&self, limit: u32, now: Timestamp) -> Result<u64> {
        promote::due(self, limit, now).await
    }

    async fn reclaim(&self, settlement: Duration, now: Timestamp) -> Result<u64> {
        batches::reclaim(&self.db, settlement, now).await
    }

    async fn republish(&self, kind: EndpointKind, lane: Lane, before: Timestamp) -> Result<u64> {
        batches::republish(&self.db, kind, lane, before).await
    }

    async fn finish_runs(&self, now: Timestamp) -> Result<Vec<RunId>> {
        finish::runs(self, now).await
    }

    async fn settle_receipts(&self, now: Timestamp) -> Result<u64> {
        receipts::settle(self, now).await
    }

    async fn doubts(&self, limit: u32) -> Result<Vec<Doubt>> {
        story::doubts(&self.db, limit).await
    }

    async fn claim(&self, request: &ClaimRequest<'_>, now: Timestamp) -> Result<Claim> {
        claim::claim(&self.db, request, now).await
    }

    async fn extend(&self, batch: BatchId, lease: i64, until: Timestamp) -> Result<bool> {
        batches::extend(&self.db, batch, lease, until).await
    }

    async fn start(
        &self,
        of: &Starting<'_>,
        messages: &[MessageId],
        cap: Option<&FrequencyCap>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        start::start(&self.db, of, messages, cap, now).await
    }

    async fn record(
        &self,
        batch: BatchId,
        lease: i64,
        sender: &str,
        outcomes: &[Recorded],
        now: Timestamp,
    ) -> Result<()> {
        record::record(&self.db, batch, lease, sender, outcomes, now).await
    }

    async fn release(&self, batch: BatchId, lease: i64, now: Timestamp) -> Result<()> {
        batches::release(&self.db, batch, lease, now).await
    }

    async fn put_off(&self, of: &TaskOf, until: Timestamp) -> Result<()> {
        batches::put_off(&self.db, of, until).await
    }

    async fn defer(&self, batch: BatchId, lease: i64, deferred: &[Deferred]) -> Result<()> {
        quotas::defer(&self.db, batch, lease, deferred).await
    }

    async fn hold_for_quota(&self, of: &TaskOf, until: Timestamp, free_at: Timestamp) -> Result<()> {
        quotas::hold(&self.db, of, until, free_at).await
    }

    async fn pause_sender(&self, org: OrgId, sender: &str, reason: &str, who: &str, now: Timestamp) -> Result<()> {
        senders::pause(&self.db, org, sender, None, (reason, who), now)
            .await
            .map(|_| ())
    }

    async fn pause_failing_sender(
        &self,
        org: OrgId,
        sender: &str,
        version: i64,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let deed = (reason, crate::base::audit::OURSELVES);
        senders::pause(&self.db, org, sender, Some(version), deed, now).await
    }

    async fn resume_sender(&self, org: OrgId, sender: &str, who: &str, now: Timestamp) -> Result<()> {
        senders::resume(&self.db, org, sender, who, now).await
    }

    async fn resumed_senders(&self) -> Result<Vec<(OrgId, String, Timestamp)>> {
        senders::resumed(&self.db).await
    }

    async fn sender_health(&self) -> Result<Vec<SenderHealth>> {
        incoming::sender_health(&self.db).await
    }

    async fn paused_senders(&self) -> Result<Vec<(OrgId, String, String, Timestamp)>> {
        senders::paused(&self.db).await
    }

    async fn stopped_countries(&self) -> Result<Vec<StoppedCountry>> {
        countries::all(&self.db).await
    }

    async fn known_number(&self, batch: BatchId) -> Result<Option<String>> {
        batches::number(&self.db, batch).await
    }

    async fn recent_attempts(
        &self,
        org: OrgId,
        sender: &str,
        kind: EndpointKind,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>> {
        senders::recent_attempts(&self.db, org, sender, kind, since).await
    }

    async fn recent_people(
        &self,
        org: OrgId,
        sender: &str,
        since: Timestamp,
        window: Option<Duration>,
    ) -> Result<Vec<(String, Timestamp)>> {
        quotas::recent_people(&self.db, (org, sender), since, window).await
    }

    async fn warm_up(&self, org: OrgId, sender: &str, now: Timestamp) -> Result<Progress> {
        warm_ups::progress(&self.db, org, sender, now).await
    }

    async fn known_warm_up(&self, org: OrgId, sender: &str) -> Result<Option<Progress>> {
        warm_ups::known(&self.db, org, sender).await
    }

    async fn open_questions(&self, limit: u32) -> Result<Vec<Question>> {
        questions::open(&self.db, limit).await
    }

    async fn question_mailing(&self, org: OrgId, channel: Channel) -> Result<Option<MailingId>> {
        questions::mailing(&self.db, org, channel).await
    }

    async fn ask_by(&self, org: OrgId, channel: Channel, before: Option<MailingId>, by: MailingId) -> Result<bool> {
        questions::ask_by(&self.db, org, channel, before, by).await
    }

    async fn choose(&self, question: i64, mailing: MailingId) -> Result<MailingId> {
        questions::choose(&self.db, question, mailing).await
    }

    async fn close_question(&self, question: i64, not_asked: Option<&str>, now: Timestamp) -> Result<()> {
        questions::close(&self.db, question, not_asked, now).await
    }

    async fn take(&self, source: &Source<'_>, event: &Event, now: Timestamp) -> Result<()> {
        incoming::take(self, source, event, now).await
    }

    async fn receipt(&self, source: &Source<'_>, receipt: &Receipt, now: Timestamp) -> Result<()> {
        receipts::receipt(self, source, receipt, now).await
    }

    async fn open(
        &self,
        org: Option<OrgId>,
        message: MessageId,
        class: OpenClass,
        user_agent: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<Opened>> {
        opens::open(&self.db, org, message, class, user_agent, at).await
    }

    async fn latest_sending(&self, message: MessageId) -> Result<Option<Timestamp>> {
        opens::latest_sending(&self.db, message).await
    }

    async fn unmatched_receipts(&self, org: OrgId, now: Timestamp) -> Result<Vec<Unmatched>> {
        unmatched::receipts(&self.db, org, now).await
    }

    async fn story(&self, org: OrgId, message: MessageId) -> Result<Story> {
        story::story(&self.db, org, message).await
    }

    async fn ping(&self) -> Result<()> {
        self.answers().await
    }
}
