using System.Text.RegularExpressions;

namespace AgentTeams.Rl;

/// <summary>How a main function works with the auxiliary function that another role wrote: the schemes that Liu et al. 2025 (MAGRPO) found in trained teams.</summary>
public enum CooperationScheme
{
    /// <summary>None of the others: the auxiliary is not used, or the main function only hands its arguments on.</summary>
    None,

    /// <summary>The main function tries the auxiliary and has an implementation of its own for where that fails.</summary>
    Fallback,

    /// <summary>The main function adds something around the auxiliary: cases of its own before it, or work on its result.</summary>
    Decorator,

    /// <summary>The main function divides the task and calls the auxiliary for each part.</summary>
    Coordinator,

    /// <summary>What the auxiliary says decides which way the main function goes.</summary>
    StrategyFilter,
}

/// <summary>What a program shows of the cooperation of two functions.</summary>
public sealed record CooperationReading
{
    /// <summary>Whether the program defines the auxiliary function at its top level, with a body.</summary>
    public bool HasAuxiliary { get; init; }

    /// <summary>Whether it so defines the main function.</summary>
    public bool HasMain { get; init; }

    /// <summary>Whether the main function calls the auxiliary where that can be reached, and calls no function of its own by that name.</summary>
    public bool IsCalled { get; init; }

    /// <summary>Whether the main function also does something with what it gets: a result that is dropped, or kept in a variable that is never read, is not used.</summary>
    public bool IsUsed { get; init; }

    /// <summary>How it is used.</summary>
    public CooperationScheme Scheme { get; init; }
}

/// <summary>
/// Reads how two functions of a Python program, each written by a role, work together: the condition of the cooperation bonus in MAGRPO's code reward
/// (Liu et al. 2025), which is to be paid only where the auxiliary is really used, and the scheme.
/// </summary>
/// <remarks>
/// Reads the structure (blocks, calls, assignments, conditions) without running anything, so that a program is judged by what it says: a call under a condition that never
/// holds is taken for one, unless that is <c>False</c> or <c>0</c>.
/// </remarks>
/// <example>
/// <code>
/// new CooperationReward
/// {
///     Criteria = new Dictionary&lt;string, Func&lt;Trajectory, string, bool&gt;&gt;
///     {
///         ["helper"] = (run, _) => CodeCooperation.Read(ProgramOf(run), "solve", "aux").HasAuxiliary,
///         ["main"] = (run, _) => CodeCooperation.Read(ProgramOf(run), "solve", "aux").IsUsed,
///     },
/// }
/// </code>
/// </example>
public static partial class CodeCooperation
{
    /// <summary>Reads a program.</summary>
    /// <param name="program">Python, both functions in it; anything else reads as a program without them.</param>
    /// <param name="main">The name of the main function.</param>
    /// <param name="auxiliary">The name of the auxiliary function.</param>
    public static CooperationReading Read(string program, string main, string auxiliary)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(main);
        ArgumentException.ThrowIfNullOrEmpty(auxiliary);
        var lines = PythonLine.Read(program);
        // A later definition replaces an earlier one.
        var (of, by) = (lines.LastOrDefault(l => Defines(l, auxiliary)), lines.LastOrDefault(l => Defines(l, main)));
        var reading = new CooperationReading { HasAuxiliary = of is not null, HasMain = by is not null };
        if (of is null || by is null || main == auxiliary) return reading;
        var body = new PythonBody(by, auxiliary);
        return reading with { IsCalled = body.IsCalled, IsUsed = body.IsUsed, Scheme = body.Scheme };
    }

    private static bool Defines(PythonLine line, string name) =>
        line.Block.Any(b => b.Text is not ("''" or "pass" or "...")) && Definition().Match(line.Text) is { Success: true } found && found.Groups[1].Value == name;

    [GeneratedRegex(@"^(?:async\s+)?def\s+(\w+)\s*\(")]
    private static partial Regex Definition();
}
