use super::*;
use proptest::prelude::*;
use std::time::Duration;

const HOUR: i64 = 3_600_000;

fn at(hours: i64) -> Timestamp {
    Timestamp(hours * HOUR)
}

fn credit(account: &mut Account, bonuses: i64, burns: Option<i64>) -> Option<LotId> {
    account
        .credit(Kind::Accrual, Bonuses(bonuses), burns.map(at), at(0))
        .unwrap()
        .1
}

fn available(account: &Account) -> i64 {
    account.balance().available.0
}

#[test]
fn what_burns_first_is_spent_first() {
    let mut account = Account::default();
    credit(&mut account, 100, None);
    credit(&mut account, 50, Some(20));
    credit(&mut account, 30, Some(10));
    assert_eq!(account.balance().burns_next, Some((Bonuses(30), at(10))));
    let (operation, taken) = account.debit(Kind::Spending, Bonuses(60), at(1)).unwrap();
    assert_eq!(operation.change, Bonuses(-60));
    let taken: Vec<_> = taken.iter().map(|it| (it.bonuses.0, it.burns_at)).collect();
    assert_eq!(taken, [(30, Some(at(10))), (30, Some(at(20)))]);
    assert_eq!(account.balance().burns_next, Some((Bonuses(20), at(20))));
    assert_eq!(
        account.settle(at(20)),
        [Operation {
            kind: Kind::Expiry,
            change: Bonuses(-20),
            at: at(20)
        }]
    );
    assert_eq!(available(&account), 100);
}

#[test]
fn nothing_is_spent_twice() {
    let mut account = Account::default();
    credit(&mut account, 100, Some(100));
    let first = account.hold(Bonuses(70), at(1)).unwrap();
    let too_few = Refused::TooFew {
        wanted: Bonuses(40),
        available: Bonuses(30),
    };
    assert_eq!(account.hold(Bonuses(40), at(1)), Err(too_few));
    assert_eq!(account.debit(Kind::Spending, Bonuses(40), at(1)), Err(too_few));
    assert_eq!(
        account.commit(first, Bonuses(71), at(2)).unwrap_err(),
        Refused::BeyondHold {
            held: Bonuses(70),
            wanted: Bonuses(71)
        }
    );
    account.commit(first, Bonuses(60), at(2)).unwrap();
    assert_eq!(account.commit(first, Bonuses(60), at(2)).unwrap_err(), Refused::NoHold);
    assert_eq!(account.release(first), Err(Refused::NoHold));
    assert_eq!((available(&account), account.balance().total), (40, Bonuses(40)));
}

#[test]
fn a_hold_ends_by_itself_and_what_it_held_burns_then() {
    let mut account = Account::default();
    credit(&mut account, 100, Some(10));
    account.hold(Bonuses(70), at(0)).unwrap();
    // While it stands, its bonuses do not burn.
    assert_eq!(
        account.settle(at(12)).iter().map(|it| it.change.0).collect::<Vec<_>>(),
        [-30]
    );
    assert_eq!(account.balance().total, Bonuses(70));
    assert_eq!(
        account.settle(at(24)),
        [Operation {
            kind: Kind::Expiry,
            change: Bonuses(-70),
            at: at(10)
        }]
    );
    assert_eq!((account.holds().len(), account.balance().total), (0, Bonuses(0)));
}

#[test]
fn what_comes_back_has_the_expiry_that_it_had() {
    let mut account = Account::default();
    credit(&mut account, 100, Some(10));
    let (_, taken) = account.debit(Kind::Spending, Bonuses(80), at(1)).unwrap();
    account.settle(at(10));
    assert_eq!(account.give_back(&taken, at(11)).change, Bonuses(80));
    assert_eq!(available(&account), 80, "until time passes");
    assert_eq!(account.settle(at(11)).len(), 1);
    assert_eq!(available(&account), 0);
}

#[test]
fn what_is_no_longer_there_is_owed_and_paid_first() {
    let mut account = Account::default();
    let lot = credit(&mut account, 100, Some(100));
    account.debit(Kind::Spending, Bonuses(70), at(1)).unwrap();
    account.revoke(lot, Bonuses(100), at(2));
    assert_eq!((available(&account), account.balance().total), (0, Bonuses(-70)));
    credit(&mut account, 100, Some(200));
    assert_eq!((available(&account), account.balance().total), (30, Bonuses(30)));
}

#[test]
fn a_debt_does_not_touch_what_a_checkout_holds_until_it_gives_it_back() {
    let mut account = Account::default();
    let lot = credit(&mut account, 100, None);
    let hold = account.hold(Bonuses(100), at(1)).unwrap();
    account.revoke(lot, Bonuses(100), at(2));
    assert_eq!((available(&account), account.balance().total), (0, Bonuses(0)));
    account.release(hold).unwrap();
    assert_eq!((available(&account), account.lots().len()), (0, 0));
}

#[test]
fn a_frozen_account_is_as_it_was_when_it_thaws() {
    let mut account = Account::default();
    credit(&mut account, 100, Some(10));
    account.freeze(at(4));
    assert_eq!(
        account.debit(Kind::Spending, Bonuses(1), at(5)).unwrap_err(),
        Refused::Frozen
    );
    assert_eq!((available(&account), account.settle(at(50)).len()), (0, 0));
    account.thaw(at(54));
    assert_eq!((available(&account), account.lots()[0].burns_at), (100, Some(at(60))));
}

#[derive(Debug, Clone)]
enum Step {
    Credit(i64, Option<i64>),
    Debit(i64),
    Hold(i64),
    Commit(usize, i64),
    Release(usize),
    Revoke(usize, i64),
    GiveBack(usize),
    Freeze,
    Thaw,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0_i64..60;
    prop_oneof![
        (few.clone(), prop::option::of(0_i64..100)).prop_map(|(n, burns)| Step::Credit(n, burns)),
        few.clone().prop_map(Step::Debit),
        few.clone().prop_map(Step::Hold),
        (0_usize..4, few.clone()).prop_map(|(i, n)| Step::Commit(i, n)),
        (0_usize..4).prop_map(Step::Release),
        (0_usize..4, few).prop_map(|(i, n)| Step::Revoke(i, n)),
        (0_usize..4).prop_map(Step::GiveBack),
        Just(Step::Freeze),
        Just(Step::Thaw),
        (1_i64..30).prop_map(Step::Wait),
    ]
}

/// Does a step; returns the operations that were made.
fn take(
    account: &mut Account,
    step: &Step,
    now: Timestamp,
    lots: &mut Vec<LotId>,
    spent: &mut Vec<Vec<Taken>>,
) -> Vec<Operation> {
    let made = |it: Result<Operation, Refused>| it.into_iter().collect();
    match step {
        Step::Credit(n, burns) => {
            let burns = burns.map(|hours| now.plus(Duration::from_secs(hours as u64 * 3_600)));
            made(
                account
                    .credit(Kind::Grant, Bonuses(*n), burns, now)
                    .map(|(operation, lot)| {
                        lots.extend(lot);
                        operation
                    }),
            )
        }
        Step::Debit(n) => made(
            account
                .debit(Kind::Spending, Bonuses(*n), now)
                .map(|(operation, taken)| {
                    spent.push(taken);
                    operation
                }),
        ),
        Step::Hold(n) => {
            let _ = account.hold(Bonuses(*n), now);
            Vec::new()
        }
        Step::Commit(i, n) => {
            let id = account.holds().get(*i).map_or(HoldId(0), |hold| hold.id);
            made(account.commit(id, Bonuses(*n), now).map(|(operation, taken)| {
                spent.push(taken);
                operation
            }))
        }
        Step::Release(i) => {
            let id = account.holds().get(*i).map_or(HoldId(0), |hold| hold.id);
            let _ = account.release(id);
            Vec::new()
        }
        Step::Revoke(i, n) => vec![account.revoke(lots.get(*i).copied(), Bonuses(*n), now)],
        Step::GiveBack(i) if *i < spent.len() => vec![account.give_back(&spent.swap_remove(*i), now)],
        Step::GiveBack(_) => Vec::new(),
        Step::Freeze => {
            account.freeze(now);
            Vec::new()
        }
        Step::Thaw => {
            account.thaw(now);
            Vec::new()
        }
        Step::Wait(_) => Vec::new(),
    }
}

proptest! {
    #[test]
    fn the_balance_is_the_sum_of_the_operations(steps in prop::collection::vec(step(), 1..60)) {
        let (mut account, mut now, mut sum) = (Account::default(), at(0), 0);
        let (mut lots, mut spent) = (Vec::new(), Vec::new());
        for step in &steps {
            if let Step::Wait(hours) = step {
                now = now.plus(Duration::from_secs(*hours as u64 * 3_600));
            }
            let mut made = account.settle(now);
            made.extend(take(&mut account, step, now, &mut lots, &mut spent));
            sum += made.iter().map(|it| it.change.0).sum::<i64>();
            let balance = account.balance();
            prop_assert_eq!(balance.total.0, sum, "after {:?}", step);
            prop_assert!(balance.available.0 >= 0 && balance.held.0 >= 0, "{:?}", balance);
            let free: i64 = account.lots().iter().map(|lot| (lot.left - lot.held).0).sum();
            prop_assert!(account.debt == Bonuses::NONE || free == 0, "{:?}", account);
            for lot in account.lots() {
                prop_assert!(lot.left > Bonuses::NONE && lot.held >= Bonuses::NONE && lot.held <= lot.left, "{:?}", lot);
            }
            let pinned: i64 = account.holds().iter().map(|hold| hold.bonuses().0).sum();
            prop_assert_eq!(pinned, balance.held.0);
            prop_assert!(account.holds().iter().all(|hold| hold.ends_at > now), "no hold outlives its end");
        }
    }
}
