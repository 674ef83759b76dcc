//! Days armed ahead, in rounds.

use super::desk::*;
use crate::world::*;
use bellhop_domain::*;
use bellhop_store::programs::*;

crate::on_both![
    a_round_goes_over_the_guests_and_continues_where_it_was,
    rounds_overlap_and_arm_once,
    what_has_moved_is_cancelled_or_moved,
    an_edit_holds_for_days_that_were_armed_ahead,
    a_round_ends_with_the_program,
];

/// Everybody with a birthday is congratulated then; whoever has none, not at all.
struct Then(Timestamp);

impl Calendar for Then {
    fn plan(&self, guest: &DatedGuest) -> Replanned {
        let waiting = guest.firings.iter().find(|it| it.state == FiringState::Waiting);
        match (guest.birthday, waiting) {
            (Some(_), None) if guest.firings.is_empty() => Replanned {
                add: Some(("birthday:1970".to_owned(), self.0)),
                ..Replanned::default()
            },
            (Some(_), Some(it)) if it.due_at != self.0 => Replanned {
                retime: Some((it.occasion.clone(), self.0)),
                ..Replanned::default()
            },
            (None, Some(it)) => Replanned {
                cancel: vec![it.occasion.clone()],
                ..Replanned::default()
            },
            _ => Replanned::default(),
        }
    }

    fn replanned(&self) -> ReasonCode {
        ReasonCode(12)
    }
}

fn march() -> Days {
    Days::Birthdays(vec![(301, 303), (1231, 1231)])
}

/// Guests with these birthdays, month × 100 + day.
async fn born(world: &World, days: &[i64]) {
    world.guests(days.len() as i64).await;
    for (customer, day) in (1..).zip(days) {
        world
            .exec(&format!(
                "UPDATE customers SET birth_month_day = {day} WHERE id = {customer}"
            ))
            .await;
    }
}

impl World {
    async fn begin_round(&self, it: &Program) -> Option<Timestamp> {
        let (short_of, until) = (
            Timestamp(self.now.0 + 60 * MINUTE),
            Timestamp(self.now.0 + 120 * MINUTE),
        );
        self.store.begin_arming(it.id, short_of, until).await.unwrap()
    }

    async fn arm(&self, it: &Program, calendar: &Then) -> Armed {
        self.store.arm_page(it, &march(), calendar, 2, self.now).await.unwrap()
    }

    async fn round(&self, it: &Program, calendar: &Then) -> u64 {
        self.begin_round(it).await.expect("a round begins");
        let mut all = 0;
        loop {
            match self.arm(it, calendar).await {
                Armed::Page { fired, .. } => all += fired,
                Armed::Complete => return all,
                Armed::NotNow => panic!("somebody else works on it"),
            }
        }
    }
}

async fn a_round_goes_over_the_guests_and_continues_where_it_was(world: World) {
    born(&world, &[301, 302, 115, 303, 1231, 1230, 302]).await;
    let it = world.program().await;
    let then = Then(Timestamp(world.now.0 + MINUTE));
    assert_eq!(world.arm(&it, &then).await, Armed::NotNow, "no round was begun");
    let until = world.begin_round(&it).await;
    assert_eq!(until, Some(Timestamp(world.now.0 + 120 * MINUTE)));
    assert_eq!(world.begin_round(&it).await, until, "it is under way");
    assert_eq!(world.arm(&it, &then).await, Armed::Page { guests: 2, fired: 2 });
    // Another process goes on.
    assert_eq!(world.begin_round(&it).await, until);
    assert_eq!(world.arm(&it, &then).await, Armed::Page { guests: 2, fired: 2 });
    assert_eq!(world.arm(&it, &then).await, Armed::Page { guests: 1, fired: 1 });
    assert_eq!(world.arm(&it, &then).await, Armed::Complete);
    assert_eq!(world.begin_round(&it).await, None, "the day ahead is armed");
    let mut guests = world.column("SELECT customer_id AS x FROM firings").await;
    guests.sort();
    assert_eq!(guests, ["1", "2", "4", "5", "7"]);
}

async fn rounds_overlap_and_arm_once(mut world: World) {
    born(&world, &[301, 302, 303]).await;
    let it = world.program().await;
    let then = Then(Timestamp(world.now.0 + 90 * MINUTE));
    assert_eq!(world.round(&it, &then).await, 3);
    world.later(61 * MINUTE);
    assert_eq!(world.round(&it, &then).await, 0);
    world.later(29 * MINUTE);
    assert_eq!(world.let_all_go(&ByGuard::default()).await.sent, 3);
    world.later(60 * MINUTE);
    assert_eq!(world.round(&it, &then).await, 0);
    assert_eq!(world.messages().await, 3);
}

async fn what_has_moved_is_cancelled_or_moved(mut world: World) {
    born(&world, &[301, 302]).await;
    let it = world.program().await;
    world.round(&it, &Then(Timestamp(world.now.0 + 90 * MINUTE))).await;
    // The first guest's birthday is not known any more, and so falls into no day that a round asks for.
    world
        .exec("UPDATE customers SET birth_month_day = NULL WHERE id = 1")
        .await;
    world.later(61 * MINUTE);
    let moved = Timestamp(world.now.0 + 40 * MINUTE);
    world.round(&it, &Then(moved)).await;
    assert_eq!(
        world.journal(&it).await,
        ["c1 birthday:1970 cancelled 12", "c2 birthday:1970 waiting"]
    );
    assert_eq!(
        world.number("SELECT due_at AS x FROM firings WHERE state = 1").await,
        moved.0
    );
}

async fn an_edit_holds_for_days_that_were_armed_ahead(world: World) {
    born(&world, &[301]).await;
    let it = world.program().await;
    let then = Then(Timestamp(world.now.0 + 90 * MINUTE));
    world.round(&it, &then).await;
    let mailing = texts("second");
    let new = NewVersion {
        name: "cart",
        definition: "{}",
        mailing: &mailing,
    };
    world
        .store
        .edit_program(ORG, it.id, None, &new, "tester", world.now)
        .await
        .unwrap();
    assert_eq!(world.number("SELECT version AS x FROM firings").await, 2);
    // The old version's rounds are over, and the new one begins at once.
    world.begin_round(&it).await.expect("a round begins");
    assert_eq!(world.arm(&it, &then).await, Armed::NotNow);
    let edited = world.store.program(ORG, it.id).await.unwrap();
    assert_eq!(world.arm(&edited, &then).await, Armed::Page { guests: 1, fired: 0 });
}

async fn a_round_ends_with_the_program(world: World) {
    born(&world, &[301]).await;
    let it = world.program().await;
    world.begin_round(&it).await.expect("a round begins");
    world
        .store
        .switch_off(ORG, it.id, Some(SWITCHED_OFF), "tester", world.now)
        .await
        .unwrap();
    assert_eq!(world.arm(&it, &Then(world.now)).await, Armed::NotNow);
    assert_eq!(world.journal(&it).await, [] as [&str; 0]);
}
