//! Which figures stand in which object, in the order of KPI.md.

use crate::metrics::FigureKey;

/// The figures of every scope of calls.
pub(super) const SCOPE: &[FigureKey] = &[
    FigureKey::Offered,
    FigureKey::Answered,
    FigureKey::Abandoned,
    FigureKey::ShortAbandoned,
    FigureKey::Exited,
    FigureKey::UnknownEnd,
    FigureKey::MovedIn,
    FigureKey::MovedOut,
    FigureKey::Lost,
    FigureKey::LostRate,
    FigureKey::AbandonRate,
    FigureKey::AnswerRate,
    FigureKey::Asa,
    FigureKey::AvgAbandon,
    FigureKey::LongestWait,
    FigureKey::LongestWaitCall,
    FigureKey::LongestWaitWindow,
    FigureKey::Waiting,
    FigureKey::WaitingOver,
    FigureKey::LiveServiceLevel,
    FigureKey::WaitP50,
    FigureKey::WaitP90,
    FigureKey::WaitP95,
    FigureKey::WaitP99,
    FigureKey::TalkP50,
    FigureKey::TalkP90,
    FigureKey::TalkP95,
    FigureKey::TalkP99,
    FigureKey::HoldP50,
    FigureKey::HoldP90,
    FigureKey::HoldP95,
    FigureKey::HoldP99,
    FigureKey::AfterCallP50,
    FigureKey::AfterCallP90,
    FigureKey::AfterCallP95,
    FigureKey::AfterCallP99,
    FigureKey::HandleP50,
    FigureKey::HandleP90,
    FigureKey::HandleP95,
    FigureKey::HandleP99,
    FigureKey::Att,
    FigureKey::AvgHold,
    FigureKey::Acw,
    FigureKey::Aht,
    FigureKey::AvgRing,
    FigureKey::AvgRings,
    FigureKey::Transfers,
    FigureKey::TransferRate,
    FigureKey::Usual,
    FigureKey::Ratio,
    FigureKey::DifferentCallers,
    FigureKey::Redials,
    FigureKey::Refused,
    FigureKey::Occupancy,
    FigureKey::Utilization,
    FigureKey::RingNoAnswer,
    FigureKey::Orders,
    FigureKey::OrdersCancelled,
    FigureKey::OrdersSettled,
    FigureKey::OrdersReturned,
    FigureKey::ConversionRate,
    FigureKey::Sales,
    FigureKey::SalesRate,
    FigureKey::Complaints,
    FigureKey::ComplaintRate,
];

/// What stands before the queues: of all and of lines alone.
pub(super) const DOOR: &[FigureKey] = &[
    FigureKey::IvrEntered,
    FigureKey::SelfServiceRate,
    FigureKey::ToAgentRate,
    FigureKey::IvrLeft,
    FigureKey::LinesInUse,
    FigureKey::LinesShare,
];

/// Calls to customers and what is counted a head: of all alone.
pub(super) const ALL: &[FigureKey] = &[
    FigureKey::Outbound,
    FigureKey::ConnectedOut,
    FigureKey::OutboundSalesRate,
    FigureKey::EffectiveSalesRate,
    FigureKey::OrdersPerHead,
    FigureKey::CallsPerHour,
];

/// The figures of a person, or of a team's people together.
pub(super) const AGENT: &[FigureKey] = &[
    FigureKey::SignIns,
    FigureKey::SignOuts,
    FigureKey::SignedIn,
    FigureKey::Answered,
    FigureKey::Outbound,
    FigureKey::ConnectedOut,
    FigureKey::TalkInTime,
    FigureKey::TalkOutTime,
    FigureKey::TalkTime,
    FigureKey::TalkInternalTime,
    FigureKey::Att,
    FigureKey::AttIn,
    FigureKey::AttOut,
    FigureKey::AvgHold,
    FigureKey::AfterCallInTime,
    FigureKey::AfterCallOutTime,
    FigureKey::AfterCallTime,
    FigureKey::Acw,
    FigureKey::Aht,
    FigureKey::RingTime,
    FigureKey::RingNoAnswer,
    FigureKey::ReadyTime,
    FigureKey::NotReadyCount,
    FigureKey::NotReadyTime,
    FigureKey::Transfers,
    FigureKey::TransferRate,
    FigureKey::Occupancy,
    FigureKey::Utilization,
    FigureKey::AfterCallShare,
    FigureKey::NotReadyShare,
    FigureKey::CallsPerHour,
    FigureKey::Orders,
    FigureKey::OrdersCancelled,
    FigureKey::OrdersSettled,
    FigureKey::OrdersReturned,
    FigureKey::ConversionRate,
    FigureKey::Sales,
    FigureKey::SalesRate,
    FigureKey::Complaints,
];

/// Figures that mean nothing where the recording carries no times: all lengths, and what is told by them.
pub(super) const fn needs_times(key: FigureKey) -> bool {
    matches!(key.unit(), crate::metrics::Unit::Seconds)
        || matches!(
            key,
            FigureKey::ServiceLevel
                | FigureKey::LiveServiceLevel
                | FigureKey::WaitingOver
                | FigureKey::AvgRings
                | FigureKey::Occupancy
                | FigureKey::Utilization
                | FigureKey::AfterCallShare
                | FigureKey::NotReadyShare
                | FigureKey::CallsPerHour
                | FigureKey::Usual
                | FigureKey::Ratio
                | FigureKey::Redials
                | FigureKey::Forecast
                | FigureKey::ForecastLow
                | FigureKey::ForecastHigh
                | FigureKey::AgentsNeeded
                | FigureKey::Gap
        )
}
