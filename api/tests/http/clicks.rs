use crate::world::{BROWSER, World, header};
use bellhop_domain::message::MessageState;

#[tokio::test]
async fn a_click_is_counted_and_led_on() {
    let world = World::new().await;
    for (path, location) in [("", "https://brand.example/site"), ("/0", "https://brand.example/menu")] {
        let request = world
            .get(&format!("/p/{}{path}", world.message))
            .header("user-agent", BROWSER);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 302);
        assert_eq!(header(&response, "location"), Some(location));
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
    }
    let story = world.story().await;
    assert_eq!(story.state, MessageState::Opened);
    assert_eq!(world.opens().await, ["click", "click"]);
    // A service worker that fetches the address.
    let fetched = (world.get(&format!("/p/{}", world.message)))
        .header("user-agent", BROWSER)
        .header("sec-fetch-mode", "no-cors")
        .header("sec-fetch-dest", "empty");
    assert_eq!(fetched.send().await.unwrap().status(), 302);
    assert_eq!(world.opens().await, ["click"; 3]);
    let robot = world
        .get(&format!("/p/{}", world.message))
        .header("user-agent", "WhatsApp/2.24");
    assert_eq!(robot.send().await.unwrap().status(), 302);
    assert_eq!(world.opens().await[3], "preview");
}

#[tokio::test]
async fn a_service_worker_reports_without_a_key() {
    let world = World::new().await;
    for _ in 0..2 {
        let response = world.post(&format!("/p/{}", world.message)).send().await.unwrap();
        assert_eq!(response.status(), 204);
        assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    }
    let story = world.story().await;
    assert_eq!((story.state, story.opens.len()), (MessageState::Opened, 2));
    assert_eq!(story.opened_at, Some(story.opens[0].at));
}

#[tokio::test]
async fn what_is_not_there_leads_nowhere() {
    let world = World::new().await;
    for path in ["/p/00000000001", "/p/short", "/p/00000000001/0"] {
        let response = world.get(path).header("user-agent", BROWSER).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
    assert_eq!(world.post("/p/00000000001").send().await.unwrap().status(), 404);
    let absent = world
        .get(&format!("/p/{}/7", world.message))
        .header("user-agent", BROWSER);
    assert_eq!(absent.send().await.unwrap().status(), 404);
    assert_eq!(
        world
            .get(&format!("/p/{}/x", world.message))
            .send()
            .await
            .unwrap()
            .status(),
        400
    );
}
