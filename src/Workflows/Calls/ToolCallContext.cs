using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>What a tool can know of the call that it answers; in <see cref="AIFunctionArguments.Context"/> under its type.</summary>
/// <example>
/// <code>
/// AIFunctionFactory.Create((string order, AIFunctionArguments arguments) => Pay(order, ToolCallContext.Of(arguments)?.IdempotencyKey), "pay");
/// </code>
/// </example>
public sealed class ToolCallContext
{
    private readonly NodeVisit _visit;

    internal ToolCallContext(NodeVisit visit, string callId) => (_visit, CallId) = (visit, callId);

    internal NodeVisit Visit => _visit;

    /// <summary>The id under which the model asked for it; null where a node makes it.</summary>
    internal string? AskedAs { get; init; }

    /// <summary>What middleware made of the arguments; null where it left them.</summary>
    internal IReadOnlyDictionary<string, object?>? Sent { get; set; }

    /// <summary>The id of the call in its run's record.</summary>
    public string CallId { get; }

    /// <summary>
    /// 32 hexadecimal digits that are the same each time this call is made, in retries and when the run is resumed in another process, and those of
    /// no other call: a service that has answered a key once may answer it again without doing the work twice.
    /// </summary>
    public string IdempotencyKey => field ??= KeyOf(_visit.Run.Id, CallId);

    /// <summary>The context of the call that is being answered, or null where no workflow made it.</summary>
    public static ToolCallContext? Of(AIFunctionArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.Context?.TryGetValue(typeof(ToolCallContext), out var context) == true ? context as ToolCallContext : null;
    }

    /// <summary>Tells the readers of the run how far the call got, as <see cref="ToolProgress"/>.</summary>
    /// <param name="message">What the tool is doing.</param>
    /// <param name="fraction">How much of it is done, from 0 to 1; null, the default, where it cannot tell.</param>
    public void Report(string message, double? fraction = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        _visit.Tell(new ToolProgress(CallId, message, fraction));
    }

    internal static string KeyOf(string run, string callId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Length}:{run}/{callId}")).AsSpan(0, 16));
}
