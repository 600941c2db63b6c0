//! The figures by name. One key is the same word in JSON, config, `explain`, alerts and the label table of the locale.

/// What a figure is measured in; decides how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A count.
    Count,
    /// Seconds; shown m:ss from a minute on.
    Seconds,
    /// A share 0–1; shown in per cent.
    Share,
    /// A multiple; shown "2.4×".
    Times,
    /// A number with one digit after the point (calls an hour, rings).
    Number,
}

macro_rules! figures {
    ($($(#[$doc:meta])* $variant:ident = $word:literal $unit:ident),+ $(,)?) => {
        /// A figure of KPI.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FigureKey { $($(#[$doc])* $variant),+ }

        impl FigureKey {
            /// Every key.
            pub const ALL: &'static [FigureKey] = &[$(FigureKey::$variant),+];

            /// The key's word (KPI.md).
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(FigureKey::$variant => $word),+ }
            }

            /// Reads [`Self::word`].
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(FigureKey::$variant),)+ _ => None }
            }

            /// What it is measured in.
            #[must_use]
            pub const fn unit(self) -> Unit {
                match self { $(FigureKey::$variant => Unit::$unit),+ }
            }
        }
    };
}

figures!(
    /// 人工请求量
    Offered = "offered" Count,
    /// 人工接通量
    Answered = "answered" Count,
    /// 排队放弃量
    Abandoned = "abandoned" Count,
    /// 短时放弃量
    ShortAbandoned = "short_abandoned" Count,
    /// 转出量
    Exited = "exited" Count,
    /// 未知
    UnknownEnd = "unknown" Count,
    /// 溢入
    MovedIn = "moved_in" Count,
    /// 溢出
    MovedOut = "moved_out" Count,
    /// 呼损量
    Lost = "lost" Count,
    /// 呼损率
    LostRate = "lost_rate" Share,
    /// 放弃率
    AbandonRate = "abandon_rate" Share,
    /// 接通率
    AnswerRate = "answer_rate" Share,
    /// 平均应答时间
    Asa = "asa_s" Seconds,
    /// 平均放弃时间
    AvgAbandon = "avg_abandon_s" Seconds,
    /// 当前最长等待
    LongestWait = "longest_wait_s" Seconds,
    /// 当前最长等待, since the call's first join
    LongestWaitCall = "longest_wait_call_s" Seconds,
    /// 时段最长等待
    LongestWaitWindow = "longest_wait_window_s" Seconds,
    /// 排队人数
    Waiting = "waiting" Count,
    /// 超N秒在等
    WaitingOver = "waiting_over" Count,
    /// N秒接通率, in the variant in force
    ServiceLevel = "service_level" Share,
    /// 实时服务水平
    LiveServiceLevel = "live_service_level" Share,
    /// 等待分位数
    WaitP50 = "wait_p50_s" Seconds,
    /// 等待分位数
    WaitP90 = "wait_p90_s" Seconds,
    /// 等待分位数
    WaitP95 = "wait_p95_s" Seconds,
    /// 等待分位数
    WaitP99 = "wait_p99_s" Seconds,
    /// 通话分位数
    TalkP50 = "talk_p50_s" Seconds,
    /// 通话分位数
    TalkP90 = "talk_p90_s" Seconds,
    /// 通话分位数
    TalkP95 = "talk_p95_s" Seconds,
    /// 通话分位数
    TalkP99 = "talk_p99_s" Seconds,
    /// 持线分位数
    HoldP50 = "hold_p50_s" Seconds,
    /// 持线分位数
    HoldP90 = "hold_p90_s" Seconds,
    /// 持线分位数
    HoldP95 = "hold_p95_s" Seconds,
    /// 持线分位数
    HoldP99 = "hold_p99_s" Seconds,
    /// 话后处理分位数
    AfterCallP50 = "after_call_p50_s" Seconds,
    /// 话后处理分位数
    AfterCallP90 = "after_call_p90_s" Seconds,
    /// 话后处理分位数
    AfterCallP95 = "after_call_p95_s" Seconds,
    /// 话后处理分位数
    AfterCallP99 = "after_call_p99_s" Seconds,
    /// 处理时长分位数
    HandleP50 = "handle_p50_s" Seconds,
    /// 处理时长分位数
    HandleP90 = "handle_p90_s" Seconds,
    /// 处理时长分位数
    HandleP95 = "handle_p95_s" Seconds,
    /// 处理时长分位数
    HandleP99 = "handle_p99_s" Seconds,
    /// 平均通话时长
    Att = "att_s" Seconds,
    /// 平均持线时长
    AvgHold = "avg_hold_s" Seconds,
    /// 平均话后处理时长
    Acw = "acw_s" Seconds,
    /// 平均处理时长
    Aht = "aht_s" Seconds,
    /// 平均振铃时长
    AvgRing = "avg_ring_s" Seconds,
    /// 平均振铃次数
    AvgRings = "avg_rings" Number,
    /// 转出电话量
    Transfers = "transfers" Count,
    /// 转出率
    TransferRate = "transfer_rate" Share,
    /// 平常同时段话务量
    Usual = "usual" Number,
    /// 倍数
    Ratio = "ratio" Times,
    /// 不同来电人数
    DifferentCallers = "different_callers" Count,
    /// 重拨
    Redials = "redials" Count,
    /// 预测: calls of the whole day
    Forecast = "forecast" Count,
    /// 预测下限
    ForecastLow = "forecast_low" Count,
    /// 预测上限
    ForecastHigh = "forecast_high" Count,
    /// 所需坐席, of the pool of shared skills
    AgentsNeeded = "agents_needed" Count,
    /// 缺口, of the pool of shared skills
    Gap = "gap" Count,
    /// 占用率
    Occupancy = "occupancy" Share,
    /// 人员利用率
    Utilization = "utilization" Share,
    /// 话后处理占比
    AfterCallShare = "after_call_share" Share,
    /// 置忙时长占比
    NotReadyShare = "not_ready_share" Share,
    /// 签入时长
    SignedIn = "signed_in_s" Seconds,
    /// 示闲总时长
    ReadyTime = "ready_s" Seconds,
    /// 置忙总时长
    NotReadyTime = "not_ready_s" Seconds,
    /// 置忙次数
    NotReadyCount = "not_ready_count" Count,
    /// 通话总时长
    TalkTime = "talk_s" Seconds,
    /// 话后处理总时长
    AfterCallTime = "after_call_s" Seconds,
    /// 振铃时长
    RingTime = "ring_s" Seconds,
    /// 振铃未接
    RingNoAnswer = "ring_no_answer" Count,
    /// 平均小时处理量
    CallsPerHour = "calls_per_hour" Number,
    /// 签入次数
    SignIns = "sign_ins" Count,
    /// 签出次数
    SignOuts = "sign_outs" Count,
    /// 呼出总量
    Outbound = "outbound" Count,
    /// 呼出接通总量
    ConnectedOut = "connected_out" Count,
    /// 呼入通话时长
    TalkInTime = "talk_in_s" Seconds,
    /// 呼出通话时长
    TalkOutTime = "talk_out_s" Seconds,
    /// 内线通话时长
    TalkInternalTime = "talk_internal_s" Seconds,
    /// 呼入平均通话时长
    AttIn = "att_in_s" Seconds,
    /// 呼出平均通话时长
    AttOut = "att_out_s" Seconds,
    /// 呼入话后处理时长
    AfterCallInTime = "after_call_in_s" Seconds,
    /// 呼出话后处理时长
    AfterCallOutTime = "after_call_out_s" Seconds,
    /// IVR进线量
    IvrEntered = "ivr_entered" Count,
    /// 自助率
    SelfServiceRate = "self_service_rate" Share,
    /// 转人工率
    ToAgentRate = "to_agent_rate" Share,
    /// IVR放弃
    IvrLeft = "ivr_left" Count,
    /// 线路占用数
    LinesInUse = "lines_in_use" Count,
    /// 线路占用率
    LinesShare = "lines_share" Share,
    /// 门外损失
    Refused = "refused" Count,
    /// 生成订单量
    Orders = "orders" Count,
    /// 取消订单量
    OrdersCancelled = "orders_cancelled" Count,
    /// 结账订单量
    OrdersSettled = "orders_settled" Count,
    /// 退单量
    OrdersReturned = "orders_returned" Count,
    /// 转化率
    ConversionRate = "conversion_rate" Share,
    /// 人均订单量
    OrdersPerHead = "orders_per_head" Number,
    /// 营销成功量
    Sales = "sales" Count,
    /// 营销成功率
    SalesRate = "sales_rate" Share,
    /// 呼出营销成功率
    OutboundSalesRate = "outbound_sales_rate" Share,
    /// 有效成功率
    EffectiveSalesRate = "effective_sales_rate" Share,
    /// 投诉量
    Complaints = "complaints" Count,
    /// 投诉率
    ComplaintRate = "complaint_rate" Share,
);
