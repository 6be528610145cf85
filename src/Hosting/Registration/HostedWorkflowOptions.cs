namespace AgentTeams.Hosting;

/// <summary>
/// Which models answer in a workflow's runs, and how they go. They are named options, so that configuration can set them:
/// <c>services.Configure&lt;HostedWorkflowOptions&gt;("article", configuration.GetSection("article"))</c>.
/// </summary>
public sealed class HostedWorkflowOptions
{
    /// <summary>The team whose model map says which model answers for a role.</summary>
    /// <value>Null by default; a workflow with roles needs this or <see cref="Model"/>.</value>
    public string? Team { get; set; }

    /// <summary>The model that answers for every role.</summary>
    /// <value>Null by default.</value>
    public string? Model { get; set; }

    /// <summary>The run of the keys of draws; of each run's key, its id is the task, so runs with other ids draw anew.</summary>
    /// <value>0 by default.</value>
    public long Seed { get; set; }

    /// <summary>Whether traces tell what was said, as <see cref="WorkflowRunOptions.EnableSensitiveData"/>.</summary>
    /// <value>False by default.</value>
    public bool EnableSensitiveData { get; set; }

    /// <summary>Changes the options of each run: budget, middleware, limits. Store, id, clock and log are the application's already.</summary>
    /// <value>Null by default.</value>
    public Func<WorkflowRunOptions, WorkflowRunOptions>? Run { get; set; }
}
