using System.Globalization;
using System.Runtime.CompilerServices;

namespace AgentTeams;

/// <summary>Validates an options record as a whole, so that all its problems are told at once: chain <see cref="Require"/>, then <see cref="ThrowIfAny"/>.</summary>
/// <param name="options">What is validated, as the user knows it.</param>
internal sealed class OptionChecks(string options)
{
    private readonly List<string> _problems = [];

    /// <summary>Notes a problem unless the condition holds.</summary>
    /// <param name="isValid">The condition.</param>
    /// <param name="value">The member's value; its expression names the member.</param>
    /// <param name="range">What to give instead, after "Give".</param>
    /// <param name="name">The member's name.</param>
    public OptionChecks Require(bool isValid, object? value, string range, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!isValid) _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value ?? "null"}; give {range}."));
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

    private static string Range(double least, double most) => double.IsInfinity(most)
        ? string.Create(CultureInfo.InvariantCulture, $"a finite number of at least {least}")
        : string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}");
}
