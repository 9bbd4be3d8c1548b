use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::pace::{BURST_SECS, Pace, RATE_MIN, RECOVERY_SECS, Turn};
use super::*;

fn key(region: &str, service: &str) -> LaneKey {
    LaneKey {
        provider: "aws".into(),
        account: "123456789012".into(),
        region: region.into(),
        service: service.into(),
    }
}

/// A service that decides which calls it takes.
trait Service: Send {
    fn takes(&mut self, now: Instant) -> bool;
}

/// As AWS describes its own limits: a bucket that is refilled at a constant rate.
struct Bucket {
    tokens: f64,
    tokens_max: f64,
    per_second: f64,
    updated: Instant,
}

impl Bucket {
    fn new(tokens_max: f64, per_second: f64) -> Self {
        Self { tokens: tokens_max, tokens_max, per_second, updated: Instant::now() }
    }
}

impl Service for Bucket {
    fn takes(&mut self, now: Instant) -> bool {
        self.tokens += (now - self.updated).as_secs_f64() * self.per_second;
        self.tokens = self.tokens.min(self.tokens_max);
        self.updated = now;
        let takes = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(takes));
        takes
    }
}

/// Turns every second call away, however fast they come.
struct EverySecond(bool);

impl Service for EverySecond {
    fn takes(&mut self, _: Instant) -> bool {
        self.0 = !self.0;
        self.0
    }
}

struct Always;

impl Service for Always {
    fn takes(&mut self, _: Instant) -> bool {
        true
    }
}

/// What many callers at once came to, for each second.
struct Seconds(Vec<CallCount>);

impl Seconds {
    fn sum(&self, range: std::ops::Range<usize>) -> CallCount {
        let mut sum = CallCount::default();
        self.0[range].iter().for_each(|count| sum.add(*count));
        sum
    }
}

/// Has 64 callers call a service again and again; one that was turned away repeats its call after 200 ms.
async fn calls(service: impl Service + 'static, latency: Duration, seconds: usize) -> Seconds {
    let (traffic, service) = (Traffic::default(), Arc::new(Mutex::new(service)));
    let lane = traffic.lane(key("us-east-1", "ec2"));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (lane, service) = (lane.clone(), service.clone());
            tokio::spawn(async move {
                loop {
                    let turn = lane.turn().await;
                    lane.sent("Call", false);
                    tokio::time::sleep(latency / 2).await;
                    let is_taken = lock(&service).takes(Instant::now());
                    tokio::time::sleep(latency / 2).await;
                    let outcome = if is_taken { Outcome::Served } else { Outcome::Throttled };
                    lane.ended("Call", outcome, turn);
                    if !is_taken {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                }
            })
        })
        .collect();
    let mut each = Vec::new();
    let mut before = CallCount::default();
    for _ in 0..seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = traffic.calls().total();
        let (sent, throttled) = (now.sent - before.sent, now.throttled - before.throttled);
        each.push(CallCount { sent, throttled, retried: 0 });
        before = now;
    }
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    Seconds(each)
}

#[tokio::test(start_paused = true)]
async fn without_a_complaint_nothing_waits() {
    let lane = Traffic::default().lane(key("us-east-1", "ec2"));
    let began = Instant::now();
    for _ in 0..10_000 {
        let turn = lane.turn().await;
        lane.ended("Call", Outcome::Served, turn);
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_rate_of_a_bucket_is_found_and_used() {
    for latency in [20, 50, 500].map(Duration::from_millis) {
        let seconds = calls(Bucket::new(100.0, 20.0), latency, 80).await;
        // Once it is found, few calls are made in vain, and most of what the service bears is used.
        let late = seconds.sum(40..80);
        assert!(late.throttled * 5 < late.sent, "{latency:?}: {late:?}");
        assert!(late.sent - late.throttled > 40 * 20 * 7 / 10, "{latency:?}: {late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_turns_away_whatever_the_pace_stops_nobody() {
    for latency in [20, 50, 500, 3000].map(Duration::from_millis) {
        // Without any limit, each of 64 callers is served once in two calls and a pause.
        let unlimited = 64.0 / (latency.as_secs_f64() * 2.0 + 0.2);
        let seconds = calls(EverySecond(false), latency, 80).await;
        let late = seconds.sum(20..80);
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let served_per_sec = (late.sent - late.throttled) as f64 / 60.0;
        assert!(served_per_sec > unlimited * 0.8, "{latency:?}: {served_per_sec} of {unlimited}");
    }
}

/// As a busy service does: it refuses at once, and takes a second and a half for the rest.
#[tokio::test(start_paused = true)]
async fn quick_refusals_are_not_taken_for_all_that_comes() {
    let undisturbed = work_of(Always, 400, Duration::from_millis(1_500)).await;
    let disturbed = work_of(EverySecond(true), 400, Duration::from_millis(1_500)).await;
    assert!(disturbed < undisturbed * 2, "{disturbed:?} instead of {undisturbed:?}");
}

/// How long 64 callers take for some calls, each made until it is served. The service works on one call at a time.
async fn work(service: impl Service + 'static, calls: usize) -> Duration {
    work_of(service, calls, Duration::ZERO).await
}

/// The same, where an answer comes that much later.
async fn work_of(service: impl Service + 'static, calls: usize, latency: Duration) -> Duration {
    let lane = Traffic::default().lane(key("us-east-1", "ec2"));
    let (service, worker) = (Arc::new(Mutex::new(service)), Arc::new(tokio::sync::Mutex::new(())));
    let left = Arc::new(AtomicU64::new(calls as u64));
    let began = Instant::now();
    let take = |left: u64| left.checked_sub(1);
    let tasks = (0..64).map(|_| {
        let (lane, service, worker, left) =
            (lane.clone(), service.clone(), worker.clone(), left.clone());
        tokio::spawn(async move {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                loop {
                    let turn = lane.turn().await;
                    let is_taken = lock(&service).takes(Instant::now());
                    let time = Duration::from_millis(if is_taken { 6 } else { 1 });
                    let working = worker.lock().await;
                    tokio::time::sleep(time).await;
                    drop(working);
                    if is_taken {
                        tokio::time::sleep(latency).await;
                    }
                    let outcome = if is_taken { Outcome::Served } else { Outcome::Throttled };
                    lane.ended("Call", outcome, turn);
                    if is_taken {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("nothing panics");
    }
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn work_of_which_every_second_call_is_turned_away_takes_little_longer() {
    for calls in [100, 300, 1_000, 3_000] {
        let (undisturbed, disturbed) =
            (work(Always, calls).await, work(EverySecond(true), calls).await);
        assert!(disturbed < undisturbed * 2, "{calls}: {disturbed:?} instead of {undisturbed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_bucket_says_nothing_of_what_comes_after() {
    // What it has stored is served at once; that there is less after it is not the doing of a cut.
    let seconds = calls(Bucket::new(500.0, 20.0), Duration::from_millis(50), 20).await;
    let late = seconds.sum(10..20);
    assert!(late.throttled * 2 < late.sent, "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn total_refusal_is_asked_a_few_times_a_second() {
    struct Never;
    impl Service for Never {
        fn takes(&mut self, _: Instant) -> bool {
            false
        }
    }
    let seconds = calls(Never, Duration::from_millis(50), 30).await;
    let late = seconds.sum(20..30);
    assert!((50..120).contains(&late.sent), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn lanes_do_not_wait_for_each_other() {
    let traffic = Traffic::default();
    let (slow, other) =
        (traffic.lane(key("us-east-1", "ec2")), traffic.lane(key("eu-west-1", "ec2")));
    slow_down(&slow).await;
    let began = Instant::now();
    for _ in 0..1000 {
        other.turn().await;
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    for _ in 0..1000 {
        traffic.lane(key("us-east-1", "ec2")).turn().await;
    }
    assert!(began.elapsed() > Duration::from_secs(1), "the same key is the same lane");
}

/// A complaint, and a second of a hundred calls, some of which are turned away.
async fn slow_down(lane: &Lane) {
    let turn = lane.turn().await;
    lane.ended("Call", Outcome::Throttled, turn);
    for at in 0..=100 {
        let turn = lane.turn().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        let outcome = if at % 10 == 0 { Outcome::Throttled } else { Outcome::Served };
        lane.ended("Call", outcome, turn);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_listens_is_told() {
    let traffic = Traffic::default();
    let lane = traffic.lane(key("us-east-1", "ec2"));
    let heard = Arc::new(AtomicBool::new(false));
    let listener = tokio::spawn({
        let (traffic, heard) = (traffic.clone(), heard.clone());
        async move {
            let slowed = traffic.slowed().await;
            heard.store(true, Ordering::Relaxed);
            slowed
        }
    });
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(!heard.load(Ordering::Relaxed));
    slow_down(&lane).await;
    let slowed = listener.await.expect("nothing panics");
    assert_eq!(slowed.lane, *lane.key());
    assert!(slowed.per_second <= 50.0, "{slowed:?}");
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_by_operation() {
    let traffic = Traffic::default();
    let (ec2, iam) = (traffic.lane(key("us-east-1", "ec2")), traffic.lane(key("", "iam")));
    for lane in [&ec2, &traffic.lane(key("eu-west-1", "ec2"))] {
        lane.sent("CreateVpc", false);
        lane.ended("CreateVpc", Outcome::Throttled, 0);
        lane.sent("CreateVpc", true);
        lane.ended("CreateVpc", Outcome::Served, 0);
    }
    iam.sent("GetRole", false);
    iam.ended("GetRole", Outcome::Lost, 0);
    let calls = traffic.calls();
    let create = CallCount { sent: 4, throttled: 2, retried: 2 };
    assert_eq!(calls.by_service()[&("aws", "ec2")], create);
    assert_eq!(calls.total(), CallCount { sent: 5, ..create });
    assert_eq!(calls.0.len(), 2);
}

/// What somebody does with a lane.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Asks for a turn.
    Ask,
    /// Has an outcome.
    End(Outcome),
    /// Lets time pass.
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Ask),
        3 => Just(Step::End(Outcome::Served)),
        2 => Just(Step::End(Outcome::Throttled)),
        1 => Just(Step::End(Outcome::Lost)),
        3 => (0_u64..400).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn no_more_calls_go_out_than_the_rate_allows(steps in prop::collection::vec(step(), 1..400)) {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        // Calls since there is a limit, and how many there may be.
        let (mut sent, mut allowed, mut rate_max) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut turn = 0;
        for step in steps {
            let was_limited = pace.is_limited();
            match step {
                Step::Ask => {
                    if let Turn::Now(taken) = pace.take(now) {
                        turn = taken;
                        sent += f64::from(u8::from(was_limited));
                    }
                }
                Step::End(outcome) => drop(pace.note(outcome, turn, now)),
                Step::Wait(ms) => {
                    now += Duration::from_millis(ms);
                    // The rate only grows while nothing happens.
                    let rate = pace.rate(now).unwrap_or(0.0);
                    allowed += rate * Duration::from_millis(ms).as_secs_f64();
                }
            }
            if let Some(rate) = pace.rate(now) {
                prop_assert!(rate >= RATE_MIN);
                rate_max = rate_max.max(rate);
                let burst = (rate_max * BURST_SECS).max(1.0);
                prop_assert!(sent <= allowed + burst + 1e-6, "{} > {} + {}", sent, allowed, burst);
            }
        }
    }

    #[test]
    fn after_a_complaint_the_old_pace_comes_back(per_sec in 2_u32..500, throttled in 1_u32..100) {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        prop_assert_eq!(pace.take(now), Turn::Now(0));
        pace.note(Outcome::Throttled, 0, now);
        for at in 0..per_sec {
            prop_assert_eq!(pace.take(now), Turn::Now(1));
            if at + 1 < per_sec {
                let is_throttled = at < throttled;
                pace.note(if is_throttled { Outcome::Throttled } else { Outcome::Served }, 1, now);
            }
            now += Duration::from_secs(1) / per_sec;
        }
        now += Duration::from_millis(1);
        let old = f64::from(per_sec);
        let cut = pace.note(Outcome::Throttled, 1, now);
        let half = (old / 2.0).max(RATE_MIN);
        prop_assert!(cut.is_some_and(|rate| (rate / half - 1.0).abs() < 0.01), "{:?}", cut);
        now += Duration::from_secs_f64(RECOVERY_SECS / 2.0);
        prop_assert!(old < 20.0 || pace.rate(now).is_some_and(|rate| rate < old));
        now += Duration::from_secs_f64(RECOVERY_SECS / 2.0);
        prop_assert!(pace.rate(now).is_some_and(|rate| rate > old * 0.98));
    }
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_are_served_in_their_order() {
    let lane = Traffic::default().lane(key("us-east-1", "ec2"));
    slow_down(&lane).await;
    let next = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..50)
        .map(|at| {
            let (lane, next) = (lane.clone(), next.clone());
            tokio::spawn(async move {
                lane.turn().await;
                (at, next.fetch_add(1, Ordering::Relaxed))
            })
        })
        .collect();
    for task in tasks {
        let (asked, served) = task.await.expect("nothing panics");
        assert_eq!(asked, served);
    }
}
