use ::model::{AccountId, Timestamp};
use bytes::Bytes;
use directory::{Error, FileSent, OnExpunge, OnPopDelete, Protocol, Size};

use crate::{ADMIN, ALICE, Office, address, picture, secret};

#[tokio::test]
async fn everything_survives_a_restart() {
    let office = Office::new().await;
    let (directory, alice) = (&office.directory, office.alice);
    directory.set_name(alice, "Alice Exemple\r\nBcc: x").await.unwrap();
    directory.set_quota(alice, Some(1 << 30)).await.unwrap();
    directory.set_language(alice, "en").await.unwrap();
    directory.set_file_sent(alice, FileSent::Never).await.unwrap();
    directory.set_on_expunge(alice, OnExpunge::Delete).await.unwrap();
    directory.set_on_pop_delete(alice, OnPopDelete::Recover).await.unwrap();
    directory.add_alias(&address("sales@example.org"), &[address(ALICE)]).await.unwrap();
    directory.set_catch_all("example.org", Some(&address("alice+rest@example.org"))).await.unwrap();
    let protocols = Some(vec![Protocol::Imap]);
    directory.add_app_password(alice, "téléphone", protocols).await.unwrap();
    directory.set_setting(alice, "web.theme", Some(Bytes::from_static(b"\x01dark"))).await.unwrap();

    let info = directory.account(alice).unwrap();
    assert_eq!(info.name, "Alice Exemple  Bcc: x", "a name stays on its line");
    assert_eq!(info.quota_bytes(Timestamp(i64::MAX)), 1 << 30);
    let again = office.another().await;
    assert_eq!(picture(&again), picture(directory));
    assert_eq!(again.setting(alice, "web.theme").as_deref(), Some(&b"\x01dark"[..]));
    assert_eq!(again.setting(office.admin, "web.theme"), None);
    assert!(again.is_password(alice, &secret("alice-secret")).await.unwrap());
}

#[tokio::test]
async fn numbers_are_never_given_twice() {
    let office = Office::new().await;
    assert_eq!(office.admin, AccountId::FIRST_PERSON);
    let bob = office.add("bob@example.org").await;
    office.directory.remove_account(bob).await.unwrap();
    assert!(office.add("bob@example.org").await > bob);
    assert!(office.another().await.account(bob).is_none());
}

#[tokio::test]
async fn addresses_are_unique_in_any_case() {
    let office = Office::new().await;
    let directory = &office.directory;
    let add = async |who: &str| {
        directory.add_account(&address(who), &secret("x"), None, false, "en").await
    };
    assert!(matches!(add("Alice@EXAMPLE.org").await, Err(Error::AddressTaken(_))));
    assert!(matches!(add("alice@example.com").await, Err(Error::NoSuchDomain(_))));
    assert!(matches!(add("bob+shop@example.org").await, Err(Error::PlusInName(_))));
    directory.add_alias(&address("Info@example.org"), &[address(ALICE)]).await.unwrap();
    assert!(matches!(add("info@example.org").await, Err(Error::AddressTaken(_))));
    let taken = directory.add_alias(&address("ALICE@example.org"), &[address(ADMIN)]).await;
    assert!(matches!(taken, Err(Error::AddressTaken(_))));
    add("Élodie@example.org").await.unwrap();
    assert!(directory.account_by_address(&address("élodie@example.org")).is_some());
}

#[tokio::test]
async fn renaming_keeps_what_leads_to_the_account() {
    let office = Office::new().await;
    let directory = &office.directory;
    directory.add_alias(&address("sales@example.org"), &[address(ALICE)]).await.unwrap();
    directory.rename_account(office.alice, &address("alix@example.org")).await.unwrap();
    assert!(directory.account_by_address(&address(ALICE)).is_none());
    assert_eq!(directory.aliases()[0].to, [address("alix@example.org")]);
    directory.rename_account(office.alice, &address("Alix@example.org")).await.unwrap();
    let taken = directory.rename_account(office.alice, &address(ADMIN)).await;
    assert!(matches!(taken, Err(Error::AddressTaken(_))));
}

#[tokio::test]
async fn removing_an_account_removes_what_leads_to_it() {
    let office = Office::new().await;
    let directory = &office.directory;
    let both = [address(ALICE), address(ADMIN)];
    directory.add_alias(&address("sales@example.org"), &both[..1]).await.unwrap();
    directory.add_alias(&address("team@example.org"), &both).await.unwrap();
    directory.set_catch_all("example.org", Some(&both[0])).await.unwrap();
    directory.add_app_password(office.alice, "phone", None).await.unwrap();
    directory.set_setting(office.alice, "x", Some(Bytes::from_static(b"1"))).await.unwrap();
    directory.remove_account(office.alice).await.unwrap();

    let aliases = directory.aliases();
    assert_eq!(aliases.len(), 1);
    assert_eq!(aliases[0].to, [address(ADMIN)]);
    assert_eq!(directory.domains()[0].catch_all, None);
    assert_eq!(directory.app_passwords(office.alice), []);
    assert_eq!(directory.setting(office.alice, "x"), None);
    assert_eq!(picture(&office.another().await), picture(directory));
}

#[tokio::test]
async fn somebody_stays_to_administrate() {
    let office = Office::new().await;
    let (directory, admin) = (&office.directory, office.admin);
    let last = |result| matches!(result, Err(Error::LastAdministrator(_)));
    assert!(last(directory.remove_account(admin).await));
    assert!(last(directory.suspend(admin, true).await));
    assert!(last(directory.set_administrator(admin, false).await));
    directory.set_administrator(office.alice, true).await.unwrap();
    directory.remove_account(admin).await.unwrap();
    directory.remove_account(office.alice).await.unwrap();
    assert!(directory.accounts().is_empty(), "the last account may go");
}

#[tokio::test]
async fn domains() {
    let office = Office::new().await;
    let directory = &office.directory;
    directory.add_domain("Exämple.org").await.unwrap();
    assert!(directory.is_local_domain("EXÄMPLE.ORG"));
    assert!(directory.is_local_domain("xn--exmple-cua.org"));
    assert!(!directory.is_local_domain("example.com"));
    let error = directory.add_domain("EXAMPLE.org").await.unwrap_err();
    assert!(matches!(error, Error::DomainExists(_)));
    for bad in ["", "a b", "[127.0.0.1]", "-x.org", "x..org"] {
        assert!(matches!(directory.add_domain(bad).await, Err(Error::BadName { .. })), "{bad:?}");
    }
    let error = directory.remove_domain("example.org").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the domain example.org still has 2 accounts and 0 aliases; remove or rename them first"
    );
    directory.remove_domain("exämple.org").await.unwrap();
    assert!(matches!(directory.remove_domain("exämple.org").await, Err(Error::NoSuchDomain(_))));
    assert_eq!(directory.domains().len(), 1);
}

#[tokio::test]
async fn aliases_lead_to_accounts_only() {
    let office = Office::new().await;
    let directory = &office.directory;
    let alias = address("sales@example.org");
    let nobody = directory.add_alias(&alias, &[address("x@example.org")]).await;
    assert!(matches!(nobody, Err(Error::NoSuchAddress(_))));
    assert!(matches!(directory.add_alias(&alias, &[]).await, Err(Error::EmptyAlias(_))));
    directory.add_alias(&alias, &[address("alice+sales@example.org")]).await.unwrap();
    assert_eq!(directory.aliases()[0].to, [address("alice+sales@example.org")]);
    directory.set_alias(&alias, &[address(ADMIN), address(ADMIN)]).await.unwrap();
    assert_eq!(directory.aliases()[0].to, [address(ADMIN)], "nobody twice");
    directory.remove_alias(&alias).await.unwrap();
    assert!(matches!(directory.remove_alias(&alias).await, Err(Error::NoSuchAlias(_))));
    assert!(matches!(directory.set_alias(&alias, &[]).await, Err(Error::NoSuchAlias(_))));
}

#[tokio::test]
async fn the_default_quota_grows() {
    let office = Office::new().await;
    let info = office.directory.account(office.alice).unwrap();
    assert!(!info.quota.fixed);
    assert_eq!(info.quota_bytes(info.created), 6 << 30);
    assert_eq!(info.quota_bytes(info.created.plus(86_400)), (6 << 30) + (1 << 20));
    office.directory.set_quota(office.alice, Some(5)).await.unwrap();
    office.directory.set_quota(office.alice, None).await.unwrap();
    assert_eq!(office.directory.account(office.alice).unwrap(), info);
}

#[tokio::test]
async fn limits() {
    let mut config = directory::Config::for_tests();
    config.passwords.min_chars = 8;
    let engine = std::sync::Arc::new(engine::Memory::new());
    let directory =
        directory::Directory::open(engine, model::Clock::manual(0), config).await.unwrap();
    directory.add_domain("example.org").await.unwrap();
    let add = async |password: &str| {
        directory.add_account(&address(ALICE), &secret(password), None, false, "en").await
    };
    assert!(matches!(add("ééééééé").await, Err(Error::PasswordTooShort(8))));
    assert!(matches!(add(&"x".repeat(1025)).await, Err(Error::PasswordTooLong(_))));
    let alice = add(&"x".repeat(1024)).await.unwrap();
    assert!(directory.set_name(alice, &"x".repeat(501)).await.is_err());
    let big = Bytes::from(vec![0; 60_001]);
    assert!(directory.set_setting(alice, "x", Some(big)).await.is_err());
    assert!(directory.set_setting(AccountId(7), "x", None).await.is_err());
    let missing = directory.set_name(AccountId(7), "x").await;
    assert!(matches!(missing, Err(Error::NoSuchAccount(AccountId(7)))));
}

#[tokio::test]
async fn watchers_hear_of_every_change() {
    let office = Office::new().await;
    let mut changes = office.directory.changes();
    assert!(!changes.has_changed().unwrap());
    office.directory.set_name(office.alice, "Alice").await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    let setting = Some(Bytes::from_static(b"1"));
    office.directory.set_setting(office.alice, "x", setting.clone()).await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    office.directory.set_setting(office.alice, "x", setting).await.unwrap();
    assert!(!changes.has_changed().unwrap(), "the same again is no change");
}

#[test]
fn settings_of_the_file() {
    let quota: directory::QuotaConfig =
        toml::from_str("default = \"10 GiB\"\ngrowth_per_day = 0").unwrap();
    assert_eq!((quota.default, quota.growth_per_day), (Size(10 << 30), Size(0)));
    assert!(toml::from_str::<directory::QuotaConfig>("defualt = 1").is_err());
    let error = toml::from_str::<directory::QuotaConfig>("default = \"lots\"").unwrap_err();
    assert!(error.to_string().contains("is no size"), "{error}");
    let passwords: directory::PasswordConfig = toml::from_str("").unwrap();
    assert_eq!((passwords.memory_kib, passwords.passes, passwords.lanes), (19_456, 2, 1));
}
