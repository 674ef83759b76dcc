//! Who has what open.

use crate::world::*;
use bellhop_domain::*;
use bellhop_store::accounts::{AtIt, Presence, Present};

crate::on_both![
    who_has_it_open_is_there_until_they_say_no_more,
    a_session_that_is_only_looked_at_is_not_used,
];

const THING: &str = "mailing 7";

fn at_it(who: &str, editing: bool) -> AtIt<'_> {
    AtIt {
        thing: THING,
        who,
        person: Some(PersonId(7)),
        editing,
    }
}

async fn there(world: &World) -> Vec<(String, bool, Timestamp)> {
    let present = world.store.present(ORG, world.now).await.unwrap();
    let told = present.into_iter().map(|it: Present| {
        assert_eq!((it.thing.as_str(), it.person), (THING, Some(PersonId(7))));
        (it.who, it.editing, it.since)
    });
    told.collect()
}

async fn who_has_it_open_is_there_until_they_say_no_more(mut world: World) {
    let store = world.store.clone();
    let begun = world.now;
    store.be_present(ORG, at_it("Anna", false), world.now).await.unwrap();
    world.later(20_000);
    store.be_present(ORG, at_it("Anna", true), world.now).await.unwrap();
    store.be_present(ORG, at_it("Boris", false), world.now).await.unwrap();
    let both = [("Anna".to_owned(), true, begun), ("Boris".to_owned(), false, world.now)];
    assert_eq!(there(&world).await, both);
    assert!(store.present(OrgId(2), world.now).await.unwrap().is_empty());
    store.leave(ORG, THING, "Boris").await.unwrap();
    world.later(29_000);
    assert_eq!(there(&world).await, [("Anna".to_owned(), true, begun)]);
    // Not a word for thirty seconds.
    world.later(1_000);
    assert!(there(&world).await.is_empty());
    // Back again is there anew, and what is gone has no row.
    let back = world.now;
    store.be_present(ORG, at_it("Anna", false), back).await.unwrap();
    assert_eq!(there(&world).await, [("Anna".to_owned(), false, back)]);
    assert_eq!(world.number("SELECT COUNT(*) AS x FROM presence").await, 1);
}

async fn a_session_that_is_only_looked_at_is_not_used(mut world: World) {
    use bellhop_domain::role::Role;
    use bellhop_store::accounts::{Invited, Links, NewSession, Sessions};
    use secrecy::SecretString;
    let store = world.store.clone();
    let invited = Invited {
        email: "anna@brand.example",
        role: Role::Viewer,
        restaurants: None,
        locale: "en",
    };
    let (person, _) = store.invite(ORG, invited, [7; 32], "tester", world.now).await.unwrap();
    let accepted = format!("UPDATE people SET password = 'x', name = 'Anna' WHERE id = {person}");
    world.exec(&accepted).await;
    let token = SecretString::from("ab".repeat(32));
    let new = NewSession {
        person,
        token: &token,
        instead_of: None,
        device: "d",
        address: "a",
    };
    store.begin_session(new, world.now).await.unwrap();
    for _ in 0..11 {
        world.later(3_600_000);
        assert!(store.look_at_session(&token, world.now).await.unwrap().is_some());
    }
    world.later(3_600_000);
    assert!(
        store.look_at_session(&token, world.now).await.unwrap().is_none(),
        "idle"
    );
    assert!(store.session(&token, world.now).await.unwrap().is_none());
}
