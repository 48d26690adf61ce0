//! Any sequence of changes, with faults: memory and store tell the same.

use ::model::Address;
use directory::{Protocol, Resolution};
use engine::Faults;
use proptest::prelude::*;

use crate::{Office, address, picture, secret};

#[derive(Debug, Clone)]
enum Act {
    AddDomain(u8),
    RemoveDomain(u8),
    Add(u8),
    Remove(u8),
    Rename(u8, u8),
    Suspend(u8, bool),
    Administrator(u8, bool),
    Alias(u8, Vec<u8>),
    RemoveAlias(u8),
    CatchAll(u8, Option<u8>),
    AppPassword(u8),
    Revoke(u8),
    Setting(u8, Option<u8>),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let n = || 0..6_u8;
    let act = prop_oneof![
        1 => n().prop_map(Act::AddDomain),
        1 => n().prop_map(Act::RemoveDomain),
        4 => n().prop_map(Act::Add),
        1 => n().prop_map(Act::Remove),
        1 => (n(), n()).prop_map(|(a, b)| Act::Rename(a, b)),
        1 => (n(), any::<bool>()).prop_map(|(a, b)| Act::Suspend(a, b)),
        1 => (n(), any::<bool>()).prop_map(|(a, b)| Act::Administrator(a, b)),
        3 => (n(), proptest::collection::vec(n(), 0..4)).prop_map(|(a, b)| Act::Alias(a, b)),
        1 => n().prop_map(Act::RemoveAlias),
        1 => (n(), proptest::option::of(n())).prop_map(|(a, b)| Act::CatchAll(a, b)),
        1 => n().prop_map(Act::AppPassword),
        1 => n().prop_map(Act::Revoke),
        1 => (n(), proptest::option::of(n())).prop_map(|(a, b)| Act::Setting(a, b)),
    ];
    proptest::collection::vec(act, 1..40)
}

fn domain(number: u8) -> String {
    format!("domain{}.org", number % 3)
}

fn person(number: u8) -> Address {
    address(&format!("user{number}@{}", domain(number)))
}

fn alias(number: u8) -> Address {
    address(&format!("alias{number}@{}", domain(number)))
}

async fn perform(office: &Office, act: Act) {
    let directory = &office.directory;
    let id = |number| directory.account_by_address(&person(number)).map_or(office.alice, |a| a.id);
    // What is refused is refused; only what is left afterwards matters.
    let _ = match act {
        Act::AddDomain(n) => directory.add_domain(&domain(n)).await,
        Act::RemoveDomain(n) => directory.remove_domain(&domain(n)).await,
        Act::Add(n) => {
            let (who, password) = (person(n), secret("x"));
            directory.add_account(&who, &password, None, n == 0, "en").await.map(drop)
        }
        Act::Remove(n) => directory.remove_account(id(n)).await,
        Act::Rename(n, to) => directory.rename_account(id(n), &person(to)).await,
        Act::Suspend(n, on) => directory.suspend(id(n), on).await,
        Act::Administrator(n, on) => directory.set_administrator(id(n), on).await,
        Act::Alias(n, to) => {
            let to: Vec<Address> = to.into_iter().map(person).collect();
            directory.add_alias(&alias(n), &to).await
        }
        Act::RemoveAlias(n) => directory.remove_alias(&alias(n)).await,
        Act::CatchAll(n, to) => directory.set_catch_all(&domain(n), to.map(person).as_ref()).await,
        Act::AppPassword(n) => {
            let made = directory.add_app_password(id(n), "x", Some(vec![Protocol::Pop3]));
            made.await.map(drop)
        }
        Act::Revoke(n) => match directory.app_passwords(id(n)).first() {
            Some(app) => directory.revoke_app_password(id(n), app.id).await,
            None => Ok(()),
        },
        Act::Setting(n, value) => {
            let value = value.map(|v| vec![v].into());
            directory.set_setting(id(n), "x", value).await
        }
    };
}

async fn check(office: &Office) {
    let directory = &office.directory;
    assert_eq!(picture(&office.another().await), picture(directory));
    for account in directory.accounts() {
        assert_eq!(directory.account_by_address(&account.address), Some(account.clone()));
        assert!(directory.is_local_domain(account.address.domain()));
        let expected = !account.suspended;
        assert_eq!(directory.may_send_as(account.id, &account.address), expected);
    }
    assert!(directory.accounts().iter().any(|a| a.administrator && !a.suspended));
    for alias in directory.aliases() {
        assert!(!alias.to.is_empty());
        for to in &alias.to {
            assert!(directory.account_by_address(to).is_some(), "{to}");
        }
        let resolution = directory.resolve(&alias.address);
        assert!(matches!(resolution, Resolution::Local(_) | Resolution::Suspended));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn memory_and_store_tell_the_same(acts in acts(), seed in 1..1000_u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let office = Office::new().await;
            let faults =
                Faults { conflicts: 100, unknown_done: 100, unknown_lost: 100, ..Faults::default() };
            office.engine.set_faults(faults, seed);
            for act in acts {
                perform(&office, act).await;
            }
            office.engine.set_faults(Faults::default(), seed);
            check(&office).await;
        });
    }
}
