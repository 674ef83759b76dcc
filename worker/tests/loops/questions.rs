//! A guest whose answer may have been a no is asked back, once.

use crate::stage::*;

/// A hold by the first guest's phone, and the question that came with it.
const HELD: &str = "
    INSERT INTO consent_words (id, org_id, space, address, channel, purpose, word, source, how, at, came_at)
        SELECT 1, 1, 4, address, 3, 1, 3, 1, 'sms:doubtful', 1, 1 FROM endpoints WHERE kind = 4 ORDER BY id LIMIT 1;
    INSERT INTO consent_stands (org_id, space, address, channel, purpose, held_at)
        SELECT 1, 4, address, 3, 1, 1 FROM endpoints WHERE kind = 4 ORDER BY id LIMIT 1;
    INSERT INTO consent_questions (word_id, org_id, endpoint_id, at)
        SELECT 1, 1, id, 1 FROM endpoints WHERE kind = 4 ORDER BY id LIMIT 1;";

#[tokio::test(flavor = "multi_thread")]
async fn a_doubtful_answer_is_asked_about_once() {
    let stage = Stage::on_sqlite().await;
    stage.guests(2, 0).await;
    stage.exec(HELD).await;
    // Two dispatchers, as a fleet has.
    stage.start_dispatcher();
    stage.start();
    until("the guest is asked", async || stage.sms.count() == 1).await;
    until("the question is closed", async || {
        stage
            .number("SELECT COUNT(*) AS x FROM consent_questions WHERE closed_at IS NOT NULL")
            .await
            == 1
    })
    .await;
    // Another mailing goes out after it; nobody is asked twice.
    stage.launch(&spec(&[SMS])).await;
    until("the mailing has gone out", async || stage.sms.count() >= 2).await;
    assert_eq!(
        stage
            .number("SELECT COUNT(*) AS x FROM message_requests WHERE request_id = 'hold-1'")
            .await,
        1
    );
    assert_eq!(stage.number("SELECT COUNT(*) AS x FROM message_requests").await, 1);
}
