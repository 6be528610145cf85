using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>A tool that does what a test says and remembers its calls.</summary>
/// <example>
/// <code>
/// var search = FakeTool.Of("search", (string query) => $"found {query}");
/// var role = new Role { Name = "searcher", Tools = [search] };
/// Assert.Equal("rain", $"{search.Calls[0]["query"]}");
/// </code>
/// </example>
public sealed class FakeTool : DelegatingAIFunction
{
    private readonly ConcurrentQueue<IReadOnlyDictionary<string, object?>> _calls = [];
    private readonly Exception? _error;

    private FakeTool(AIFunction function, Exception? error = null)
        : base(function) => _error = error;

    /// <summary>The arguments of each call so far, by name.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object?>> Calls => [.. _calls];

    /// <summary>A tool that runs code; its schema comes from the code's parameters.</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="code">The code.</param>
    /// <param name="description">What models are told of it; none by default.</param>
    public static FakeTool Of(string name, Delegate code, string? description = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(code);
        return new(AIFunctionFactory.Create(code, name, description));
    }

    /// <summary>A tool in place of a real one: its name, description and schema, and none of its work.</summary>
    /// <param name="tool">The real tool.</param>
    /// <param name="result">What it gives in place of the real one.</param>
    public static FakeTool InPlaceOf(AIFunction tool, Func<IReadOnlyDictionary<string, object?>, object?> result)
    {
        ArgumentNullException.ThrowIfNull(tool);
        ArgumentNullException.ThrowIfNull(result);
        return new(new Stand(tool, result));
    }

    /// <summary>A tool that fails at each call.</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="error">How.</param>
    public static FakeTool Failing(string name, Exception error)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(error);
        return new(AIFunctionFactory.Create(() => "", name), error);
    }

    /// <inheritdoc/>
    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        cancellationToken.ThrowIfCancellationRequested();
        _calls.Enqueue(new Dictionary<string, object?>(arguments, StringComparer.Ordinal));
        return _error is null ? base.InvokeCoreAsync(arguments, cancellationToken) : throw _error;
    }

    private sealed class Stand(AIFunction tool, Func<IReadOnlyDictionary<string, object?>, object?> result) : DelegatingAIFunction(tool)
    {
        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) =>
            new(result(new Dictionary<string, object?>(arguments, StringComparer.Ordinal)));
    }
}
