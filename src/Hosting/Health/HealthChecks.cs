using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AgentTeams.Hosting;

/// <summary>Health checks of an application with workflows.</summary>
public static class HostingHealthChecks
{
    /// <summary>
    /// Adds the checks <c>agentteams-workflows</c>, that all are built and have models, and <c>agentteams-checkpoints</c>, that the store can be written, read
    /// and deleted from; with a probe also <c>agentteams-models</c>. Without one no model is asked: calls cost money.
    /// </summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="probe">Throws where a model, given by name and client, cannot be reached.</param>
    /// <param name="tags">Tags of the checks, by which endpoints choose.</param>
    public static IHealthChecksBuilder AddAgentTeams(this IHealthChecksBuilder builder, Func<string, IChatClient, CancellationToken, Task>? probe = null, params IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string[] all = [.. tags];
        builder.Add(new("agentteams-workflows", services => new WorkflowsCheck(services), null, all));
        builder.Add(new("agentteams-checkpoints", services => new CheckpointsCheck(services), null, all));
        if (probe is not null) builder.Add(new("agentteams-models", services => new ModelsCheck(services, probe), null, all));
        return builder;
    }
}

/// <summary>Whether every workflow is built and every role has a model.</summary>
internal sealed class WorkflowsCheck(IServiceProvider services) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var workflows = services.GetRequiredService<HostedRegistry>().Workflows.Select(n => services.GetRequiredKeyedService<HostedWorkflow>(n));
        var problems = workflows.SelectMany(w => w.Models.Problems(w.Roles)).ToList();
        return Task.FromResult(problems.Count == 0 ? HealthCheckResult.Healthy() : new(context.Registration.FailureStatus, string.Join(" ", problems)));
    }
}

/// <summary>Whether a run could be kept: a small one is written, read and deleted.</summary>
internal sealed class CheckpointsCheck(IServiceProvider services) : IHealthCheck
{
    private static readonly byte[] Record = """{"kind":"health"}"""u8.ToArray();

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (services.GetService<ICheckpointStore>() is not { } store) return HealthCheckResult.Healthy("Runs are kept nowhere.");
        var id = "health-" + RunIds.New();
        try
        {
            var journal = await store.OpenAsync(id, cancellationToken).ConfigureAwait(false);
            await using (journal.ConfigureAwait(false)) await journal.AppendAsync(Record, cancellationToken).ConfigureAwait(false);
            await store.DeleteAsync(id, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return new(context.Registration.FailureStatus, $"The store of runs cannot be written ({e.GetType().Name}).", e);
        }
    }
}

/// <summary>Whether the models can be reached, by a probe of the application's.</summary>
internal sealed class ModelsCheck(IServiceProvider services, Func<string, IChatClient, CancellationToken, Task> probe) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var workflows = services.GetRequiredService<HostedRegistry>().Workflows.Select(n => services.GetRequiredKeyedService<HostedWorkflow>(n));
        var problems = new List<string>();
        foreach (var model in workflows.SelectMany(w => w.Models.NamesFor(w.Roles)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            try
            {
                await probe(model, services.GetRequiredKeyedService<IChatClient>(model), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                problems.Add($"The model '{model}' cannot be reached ({e.GetType().Name}).");
            }
        }

        return problems.Count == 0 ? HealthCheckResult.Healthy() : new(context.Registration.FailureStatus, string.Join(" ", problems));
    }
}
