//! Reading and writing plans.

use super::*;

fn message(text: &str) -> String {
    text.parse::<Plan>().unwrap_err().to_string()
}

#[test]
fn a_plan_is_read_as_it_is_written() {
    for text in [
        "none",
        "crash:7/after-stored",
        "crash:7/before-stored;crash:9/answer-lost",
        "crash:1/answer-late;crash:2/given-up;crash:2/response-lost",
        "crash:\"batch/item-1;charge#2\"/after-stored",
        "fault:7/throttled;fault:1/overrun;fault:8/server-error;fault:2/delivered-twice",
        "order:0,2",
        "order:default",
        "order:seed-7",
        "order:seed-7;late:3",
        "late:4,9;newest-first",
        "crash:7/after-stored;order:0,2;late:4;variant:page-of-one",
    ] {
        let plan: Plan = text.parse().unwrap();
        assert_eq!(plan.to_string(), text);
        assert_eq!(plan.to_string().parse::<Plan>().unwrap(), plan);
    }
    for variant in Variant::ALL {
        let text = format!("variant:{variant}");
        assert_eq!(text.parse::<Plan>().unwrap().variants(), [*variant]);
    }
}

#[test]
fn spaces_and_the_order_of_items_do_not_matter() {
    let plan: Plan = " order: 0, 2 ; crash: 7 / after-stored ".parse().unwrap();
    assert_eq!(plan.to_string(), "crash:7/after-stored;order:0,2");
}

#[test]
fn deviations_are_counted() {
    let count = |text: &str| text.parse::<Plan>().unwrap().deviations();
    assert_eq!(count("none"), 0);
    assert_eq!(count("order:default"), 0);
    assert_eq!(count("order:0,2,0,1"), 2);
    assert_eq!(
        count("crash:7/after-stored;order:0,2;late:4;variant:page-of-one"),
        4
    );
}

#[test]
fn what_is_not_understood_is_named_with_its_place_and_what_is_allowed() {
    assert_eq!(
        message("crash:7/after-stored;crash:8/after"),
        "the plan \"crash:7/after-stored;crash:8/after\" is not understood at column 30: `after` is no loss; it is \
         one of `before-stored`, `after-stored`, `response-lost`, `answer-lost`, `answer-late`, `given-up`"
    );
    for (text, part) in [
        ("", "column 1: an item is empty"),
        ("crash:7/after-stored;", "an item is empty"),
        ("crsh:7/after-stored", "column 1: `crsh` is no kind of item"),
        ("crash", "`crash` is no item"),
        ("crash:7", "column 7: `7` has no `/`"),
        (
            "crash:0/after-stored",
            "column 7: `0` is no number here; it is a whole number from 1",
        ),
        ("crash:charge/after-stored", "`charge` is no number here"),
        ("crash:\"charge\"/response-lost", "a response has no name"),
        ("order:", "`` is no number here"),
        ("order:0,-1", "column 9: `-1` is no number here"),
        ("order:0;order:1", "the order is set twice"),
        ("late:x", "`x` is no number here"),
        ("fault:1/after-stored", "`after-stored` is no fault"),
        ("variant:page", "`page` is no variant of the service"),
        ("variant:page-of-one;variant:page-of-one", "is set twice"),
        (
            "crash:99999999999999999999/after-stored",
            "is no number here",
        ),
    ] {
        let message = message(text);
        assert!(message.contains(part), "{text}: {message}");
    }
}
