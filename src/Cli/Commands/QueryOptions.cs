using System.CommandLine;

namespace AgentTeams.Cli;

/// <summary>Which trajectories a command is about.</summary>
internal sealed class QueryOptions(int? limit)
{
    private readonly Option<string?> _stage = new("--stage") { Description = "Made in this stage." };
    private readonly Option<int?> _from = new("--from-step") { Description = "From this step on, zero-based." };
    private readonly Option<int?> _to = new("--to-step") { Description = "Up to this step." };
    private readonly Option<string?> _task = new("--task") { Description = "Of this task." };
    private readonly Option<string?> _role = new("--role") { Description = "In which this role took part." };
    private readonly Option<TrajectoryStatus?> _status = new("--status") { Description = "That ended so." };
    private readonly Option<string?> _outcome = new("--outcome") { Description = "With this outcome." };
    private readonly Option<double?> _least = new("--min-reward") { Description = "With at least this sum of rewards." };
    private readonly Option<double?> _most = new("--max-reward") { Description = "With at most this sum of rewards." };
    private readonly Option<int?> _limit = new("--limit") { Description = "The most.", DefaultValueFactory = _ => limit };

    public Command AddTo(Command command)
    {
        foreach (var option in new Option[] { _stage, _from, _to, _task, _role, _status, _outcome, _least, _most, _limit }) command.Options.Add(option);
        return command;
    }

    public TrajectoryQuery Read(ParseResult parsed) => new()
    {
        Stage = parsed.GetValue(_stage), FromStep = parsed.GetValue(_from), ToStep = parsed.GetValue(_to), TaskId = parsed.GetValue(_task), Role = parsed.GetValue(_role),
        Status = parsed.GetValue(_status), Outcome = parsed.GetValue(_outcome), MinReward = parsed.GetValue(_least), MaxReward = parsed.GetValue(_most), Limit = parsed.GetValue(_limit),
    };
}
