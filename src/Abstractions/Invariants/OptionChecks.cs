using System.Globalization;
using System.Runtime.CompilerServices;

namespace AgentTeams;

/// <summary>An options record that can tell all its problems at once.</summary>
internal interface IChecked
{
    /// <summary>Notes every problem; throws nothing.</summary>
    void Check(OptionChecks checks);
}

/// <summary>Validates options as a whole, whatever the order in which they were set, so that all problems are told at once.</summary>
/// <param name="options">What is validated, as the user knows it.</param>
internal sealed class OptionChecks(string options)
{
    private readonly List<string> _problems = [];
    private string _path = "";

    /// <summary>Validates a record and everything in it.</summary>
    /// <param name="options">The record, or what may be one; anything else is valid.</param>
    /// <param name="name">What it is called; its type unless given.</param>
    /// <exception cref="AgentTeamsException">Lists every problem.</exception>
    public static void Validate(object options, string? name = null) =>
        new OptionChecks(name ?? options.GetType().Name.Split('`')[0]).Add(options).ThrowIfAny();

    /// <summary>What is wrong with a record and everything in it, each a sentence.</summary>
    public static IReadOnlyList<string> ProblemsOf(object options) => new OptionChecks("").Add(options)._problems;

    /// <summary>Checks a part of the options, whose members are named below it.</summary>
    public OptionChecks Part(object? part, [CallerArgumentExpression(nameof(part))] string name = "")
    {
        if (part is not IChecked record) return this;
        var outer = _path;
        _path += name + ".";
        record.Check(this);
        _path = outer;
        return this;
    }

    /// <summary>Notes a problem unless the condition holds.</summary>
    /// <param name="isValid">The condition.</param>
    /// <param name="value">The member's value; its expression names the member.</param>
    /// <param name="range">What to give instead, after "Give".</param>
    /// <param name="name">The member's name.</param>
    public OptionChecks Require(bool isValid, object? value, string range, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!isValid) _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{_path}{name} is {value ?? "null"}; give {range}."));
        return this;
    }

    /// <summary>A whole number of at least <paramref name="least"/>.</summary>
    public OptionChecks AtLeast(long least, long? value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Require(value is null || value >= least, value, least == 0 ? "0 or more" : $"at least {least}", name);

    /// <summary>A finite number within bounds, both included.</summary>
    public OptionChecks Within(double least, double most, double? value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Require(value is null || (double.IsFinite(value.Value) && value >= least && value <= most), value, Range(least, most), name);

    /// <summary>A finite number above 0.</summary>
    public OptionChecks Positive(double? value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Require(value is null || (double.IsFinite(value.Value) && value > 0), value, "a finite number above 0", name);

    /// <summary>Notes a problem in words of its own.</summary>
    public OptionChecks RequireThat(bool holds, string problem)
    {
        if (!holds) _problems.Add(problem);
        return this;
    }

    /// <summary>Ends the checks.</summary>
    /// <exception cref="AgentTeamsException">Lists every problem.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0) throw new AgentTeamsException($"{options} is not valid: {string.Join(" ", _problems)}");
    }

    private OptionChecks Add(object options)
    {
        (options as IChecked)?.Check(this);
        return this;
    }

    private static string Range(double least, double most) => double.IsInfinity(most)
        ? string.Create(CultureInfo.InvariantCulture, $"a finite number of at least {least}")
        : string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}");
}
