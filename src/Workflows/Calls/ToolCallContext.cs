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
    private readonly string _run;

    internal ToolCallContext(string run, string callId) => (_run, CallId) = (run, callId);

    /// <summary>The id of the call in its run's record.</summary>
    public string CallId { get; }

    /// <summary>
    /// 32 hexadecimal digits that are the same each time this call is made, in retries and when the run is resumed in another process, and those of
    /// no other call: a service that has answered a key once may answer it again without doing the work twice.
    /// </summary>
    public string IdempotencyKey => field ??= KeyOf(_run, CallId);

    /// <summary>The context of the call that is being answered, or null where no workflow made it.</summary>
    public static ToolCallContext? Of(AIFunctionArguments arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments.Context?.TryGetValue(typeof(ToolCallContext), out var context) == true ? context as ToolCallContext : null;
    }

    internal static string KeyOf(string run, string callId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Length}:{run}/{callId}")).AsSpan(0, 16));
}
