using System.Text;

namespace AgentTeams.Testing;

/// <summary>A run was not as a test expects. The message says what was expected and found, and lists the run.</summary>
public sealed class TrajectoryCheckException : AgentTeamsException
{
    private const int ListedNodes = 40;
    private const int ListedCharacters = 160;

    internal TrajectoryCheckException(string problem, Trajectory trajectory)
        : base($"{problem}\n{Listing(trajectory)}")
    {
    }

    private static string Listing(Trajectory trajectory)
    {
        var text = new StringBuilder($"The run: {Short(trajectory.ToString())}");
        foreach (var node in trajectory.Nodes.Take(ListedNodes)) text.Append("\n  ").Append(Short(node.ToString()));
        if (trajectory.Nodes.Length > ListedNodes) text.Append("\n  and ").Append(trajectory.Nodes.Length - ListedNodes).Append(" more");
        return text.ToString();
    }

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= ListedCharacters ? line : $"{line[..ListedCharacters]}…";
    }
}
