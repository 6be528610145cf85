using System.Text.Json;

namespace AgentTeams.Testing;

/// <summary>
/// What a test expects of a recorded run; made by <see cref="TrajectoryAssertions.Check"/>. Each member throws a <see cref="TrajectoryCheckException"/>, which every test framework
/// shows, or gives these checks back. What was inherited from a run that this one was forked from does not count.
/// </summary>
public sealed class TrajectoryChecks
{
    private readonly Trajectory _trajectory;

    internal TrajectoryChecks(Trajectory trajectory) => _trajectory = trajectory;

    private IEnumerable<TrajectoryNode> Own => _trajectory.Nodes.Where(n => !n.Inherited);

    private IEnumerable<TrajectoryNode> Calls => Own.Where(n => n.Kind == NodeKind.Role);

    /// <summary>The run reached its end.</summary>
    /// <param name="outcome">With this outcome; null, the default, for any.</param>
    public TrajectoryChecks Completed(string? outcome = null)
    {
        Require(_trajectory.Status == TrajectoryStatus.Completed, $"Expected a run that completed; it is {_trajectory.Status}{(_trajectory.Error is { } error ? $": {error.Message}" : "")}.");
        return Require(outcome is null || _trajectory.Outcome == outcome, $"Expected the outcome '{outcome}'; it is '{_trajectory.Outcome}'.");
    }

    /// <summary>The run failed.</summary>
    /// <param name="message">With an error whose message contains this; null, the default, for any.</param>
    public TrajectoryChecks Failed(string? message = null)
    {
        Require(_trajectory.Status == TrajectoryStatus.Failed, $"Expected a run that failed; it is {_trajectory.Status}.");
        return Require(message is null || _trajectory.Error?.Message.Contains(message, StringComparison.Ordinal) == true, $"Expected an error with '{message}'; it is '{_trajectory.Error?.Message}'.");
    }

    /// <summary>No call failed, and none had to be tried again.</summary>
    public TrajectoryChecks NothingFailed() =>
        Own.FirstOrDefault(n => n.Error is not null || n.Tries.Length > 0) is { } bad
            ? throw Unmet($"Expected that no call fails; '{bad.Id}' did: {(bad.Error?.Message ?? bad.Tries[0].Error.Message)}.") : this;

    /// <summary>A role was asked so often.</summary>
    /// <param name="role">The role.</param>
    /// <param name="times">How often; 0 for never.</param>
    public TrajectoryChecks Asked(string role, int times)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        var found = Calls.Count(n => n.Role == role);
        return Require(found == times, $"Expected that '{role}' is asked {Times(times)}; it was {Times(found)}.");
    }

    /// <summary>The roles that were asked, in this order and no others. Where roles run side by side the order is that in which branches were declared.</summary>
    public TrajectoryChecks AskedInOrder(params string[] roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        string?[] found = [.. Calls.Select(n => n.Role)];
        return Require(found.SequenceEqual(roles, StringComparer.Ordinal), $"Expected the roles {string.Join(", ", roles)}; asked were {string.Join(", ", found)}.");
    }

    /// <summary>A role said something.</summary>
    /// <param name="role">The role.</param>
    /// <param name="text">A part of one of its replies.</param>
    public TrajectoryChecks Said(string role, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        ArgumentException.ThrowIfNullOrEmpty(text);
        return Require(Calls.Any(n => n.Role == role && n.Text.Contains(text, StringComparison.Ordinal)), $"Expected that '{role}' says '{text}'; it did not.");
    }

    /// <summary>A role was shown something, in its instructions or in what it was asked.</summary>
    /// <param name="role">The role.</param>
    /// <param name="text">A part of it.</param>
    public TrajectoryChecks Saw(string role, string text) =>
        Require(Seen(role, text).Any(), $"Expected that '{role}' is shown '{text}'; it was not.");

    /// <summary>A role was never shown something, for example what is another's secret.</summary>
    /// <param name="role">The role.</param>
    /// <param name="text">A part of it.</param>
    public TrajectoryChecks NeverSaw(string role, string text) =>
        Seen(role, text).FirstOrDefault() is { } bad ? throw Unmet($"Expected that '{role}' is never shown '{text}'; '{bad.Id}' was.") : this;

    /// <summary>A tool was called so often.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="times">How often; 0 for never.</param>
    /// <param name="with">Only calls with such arguments count; null, the default, for all.</param>
    public TrajectoryChecks CalledTool(string tool, int times, Func<JsonElement, bool>? with = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        var found = Own.Count(n => n.Kind == NodeKind.Tool && n.ToolName == tool && (with is null || with(n.Arguments ?? default)));
        return Require(found == times, $"Expected that the tool '{tool}' is called {Times(times)}{(with is null ? "" : " with such arguments")}; it was {Times(found)}.");
    }

    /// <summary>A node gave a result, as of a function or a tool.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="result">The result of its last visit, as JSON.</param>
    public TrajectoryChecks Gave(string name, object? result)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var found = Own.LastOrDefault(n => n.Name == name) ?? throw Unmet($"Expected that '{name}' runs; it did not.");
        var expected = JsonSerializer.SerializeToElement(result, TrajectoryJson.Options);
        return Require(found.Result is { } given && JsonElement.DeepEquals(given, expected), $"Expected that '{name}' gives {expected}; it gave {found.Result?.ToString() ?? "nothing"}.");
    }

    /// <summary>The run had so many turns: how often it went back, and one.</summary>
    public TrajectoryChecks Turns(int turns)
    {
        var found = _trajectory.Nodes.Length == 0 ? 0 : _trajectory.Nodes.Max(n => n.Turn) + 1;
        return Require(found == turns, $"Expected {turns} turns; there were {found}.");
    }

    /// <summary>The run has a reward of this name and value.</summary>
    /// <param name="name">The reward's name.</param>
    /// <param name="value">Its value, to 1e-9; where several have the name, their sum.</param>
    public TrajectoryChecks Rewarded(string name, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        double[] found = [.. _trajectory.Rewards.Where(r => r.Name == name).Select(r => r.Value)];
        Require(found.Length > 0, $"Expected a reward '{name}'; there are {string.Join(", ", _trajectory.Rewards.Select(r => $"'{r.Name}'").DefaultIfEmpty("none"))}.");
        return Require(Math.Abs(found.Sum() - value) <= 1e-9, FormattableString.Invariant($"Expected the reward '{name}' to be {value}; it is {found.Sum()}."));
    }

    private IEnumerable<TrajectoryNode> Seen(string role, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(role);
        ArgumentException.ThrowIfNullOrEmpty(text);
        // A role that is never asked sees nothing, which is seldom what a test means.
        Require(Calls.Any(n => n.Role == role), $"Expected that '{role}' is asked; it was not.");
        return Calls.Where(n => n.Role == role && n.Input.Any(m => SeenText.Of(m).Contains(text, StringComparison.Ordinal)));
    }

    private TrajectoryChecks Require(bool isMet, string problem) => isMet ? this : throw Unmet(problem);

    private TrajectoryCheckException Unmet(string problem) => new(problem, _trajectory);

    private static string Times(int count) => count switch { 0 => "never", 1 => "once", _ => $"{count} times" };
}
