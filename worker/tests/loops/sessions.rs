//! Providers that speak over sessions of their own.

use crate::stage::*;
use bellhop_channels::Event;
use bellhop_domain::incoming::{Inbound, InboundContent};

fn stop_from(phone: &str, id: &str) -> Event {
    Event::Inbound(Inbound {
        perhaps: None,
        also: Vec::new(),
        provider_id: id.to_owned(),
        from: phone.to_owned(),
        name: None,
        at: bellhop_domain::Timestamp::now(),
        content: InboundContent::Text("СТОП".to_owned()),
        answers: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_opened_at_the_start_and_ended_after_the_last_send() {
    let mut stage = Stage::on_sqlite().await;
    stage.worker.careful_requests_per_batch = 1;
    stage.guests(3, 0).await;
    stage.start_dispatcher();
    let (worker, stop) = stage.start_worker();
    until("the session is open", async || {
        stage.sms.sinks.lock().unwrap().len() == 1
    })
    .await;
    let sink = stage.sms.sinks.lock().unwrap()[0].clone();
    // What it says is stored when `take` returns, so the guest is not written to.
    sink.take(vec![stop_from("+72", "m-1"), stop_from("+72", "m-1")])
        .await
        .unwrap();
    stage.sms.close_gate();
    let run = stage.launch(&spec(&[SMS])).await;
    until("the first SMS is under way", async || stage.sms.count() == 1).await;
    stop.cancel();
    stage.sms.open_gate();
    worker.await.unwrap();
    assert_eq!(*stage.sms.closed.lock().unwrap(), [stage.sms.count()]);
    assert_eq!(stage.push.closed.lock().unwrap().len(), 1);
    assert_eq!(stage.sms.sinks.lock().unwrap().len(), 1);
    assert!(!stage.sms.addresses().contains(&"+72".to_owned()));
    assert_eq!(stage.number("SELECT COUNT(*) AS x FROM inbound_messages").await, 1);
    let suppressed = stage.states(run).await.get("suppressed").copied();
    assert_eq!(suppressed, None, "a guest without consent is not planned");
    let excluded = format!("SELECT guests AS x FROM run_exclusions WHERE run_id = {run} AND reason = 2");
    assert_eq!(stage.number(&excluded).await, 1);
}
